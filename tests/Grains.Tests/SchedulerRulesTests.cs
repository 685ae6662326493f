using Squad.Grains.Cluster;

namespace Squad.Grains.Tests;

public sealed class SchedulerRulesTests
{
    private readonly SchedulerRecord state = new();

    [Fact]
    public void A_session_goes_to_the_node_with_the_most_room()
    {
        SchedulerRules.NodeUp(state, "small", 1);
        SchedulerRules.NodeUp(state, "large", 5);
        Assert.Equal("large", SchedulerRules.Place(state, "s1", "ann"));
    }

    [Fact]
    public void A_session_waits_when_no_node_has_room_and_is_granted_when_one_has()
    {
        SchedulerRules.NodeUp(state, "n", 1);
        Assert.Equal("n", SchedulerRules.Place(state, "s1", "ann"));
        Assert.Null(SchedulerRules.Place(state, "s2", "ann"));
        Assert.Empty(SchedulerRules.Grant(state));
        Assert.True(SchedulerRules.Release(state, "s1"));
        Assert.Equal([("s2", "n")], SchedulerRules.Grant(state));
    }

    [Fact]
    public void Asking_twice_gives_the_same_place_once()
    {
        SchedulerRules.NodeUp(state, "n", 2);
        Assert.Equal("n", SchedulerRules.Place(state, "s1", "ann"));
        Assert.Equal("n", SchedulerRules.Place(state, "s1", "ann"));
        Assert.Single(state.Nodes["n"].Running);
        SchedulerRules.NodeDown(state, "n");
        Assert.Null(SchedulerRules.Place(state, "s2", "ann"));
        Assert.Null(SchedulerRules.Place(state, "s2", "ann"));
        Assert.Single(state.Waiting);
    }

    [Fact]
    public void Owners_are_served_in_turn_so_a_crowd_does_not_hold_up_another()
    {
        SchedulerRules.NodeUp(state, "n", 1);
        SchedulerRules.Place(state, "busy", "zoe");
        foreach (var i in Enumerable.Range(1, 5))
            SchedulerRules.Place(state, $"crowd{i}", "ann");
        SchedulerRules.Place(state, "single", "bob");
        var served = new List<string>();
        for (var last = "busy"; SchedulerRules.Release(state, last) && SchedulerRules.Grant(state) is [var (next, _)]; last = next)
            served.Add(next);
        Assert.Equal(["crowd1", "single", "crowd2", "crowd3", "crowd4", "crowd5"], served);
    }

    [Fact]
    public void A_newcomer_does_not_overtake_those_who_wait()
    {
        SchedulerRules.NodeUp(state, "n", 1);
        SchedulerRules.Place(state, "busy", "zoe");
        SchedulerRules.Place(state, "first", "ann");
        SchedulerRules.Release(state, "busy");
        Assert.Null(SchedulerRules.Place(state, "second", "bob"));
        Assert.Equal(["first"], SchedulerRules.Grant(state).Select(g => g.SessionId));
    }

    [Fact]
    public void Nothing_is_placed_on_a_node_that_is_down_and_who_was_there_before_keeps_its_place()
    {
        SchedulerRules.NodeUp(state, "n", 2);
        SchedulerRules.Place(state, "s1", "ann");
        SchedulerRules.NodeDown(state, "n");
        Assert.Null(SchedulerRules.Choose(state));
        SchedulerRules.NodeUp(state, "n", 1);
        Assert.Equal(["s1"], state.Nodes["n"].Running);
        Assert.Null(SchedulerRules.Place(state, "s2", "ann"));
    }

    [Fact]
    public void No_sequence_of_asks_and_releases_grants_more_than_the_capacity()
    {
        var random = new Random(7);
        SchedulerRules.NodeUp(state, "a", 3);
        SchedulerRules.NodeUp(state, "b", 2);
        for (var step = 0; step < 5000; step++)
        {
            var session = $"s{random.Next(20)}";
            if (random.Next(2) == 0)
                SchedulerRules.Place(state, session, $"o{random.Next(4)}");
            else
                SchedulerRules.Release(state, session);
            SchedulerRules.Grant(state);
            Assert.All(state.Nodes.Values, n => Assert.True(n.Running.Count <= n.Capacity));
            var everywhere = state.Nodes.Values.SelectMany(n => n.Running).Concat(state.Waiting.Select(w => w.SessionId)).ToList();
            Assert.Equal(everywhere.Distinct().Count(), everywhere.Count);
            Assert.True(state.Waiting.Count == 0 || SchedulerRules.Choose(state) is null, "room and waiting sessions at once");
        }
    }
}
