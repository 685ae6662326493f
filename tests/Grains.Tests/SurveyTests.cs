using Squad.Grains.Cluster;

namespace Squad.Grains.Tests;

/// <summary>What becomes of a node that leaves the cluster, as a rule.</summary>
public sealed class SurveyTests
{
    private static readonly TimeSpan LostAfter = TimeSpan.FromMinutes(10);
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly SchedulerRecord state = new();

    public SurveyTests()
    {
        SchedulerRules.NodeUp(state, "a", 5);
        SchedulerRules.NodeUp(state, "b", 5);
        state.Nodes["a"].Running.UnionWith(["s1", "s2"]);
        state.Nodes["b"].Running.Add("s3");
    }

    [Fact]
    public void Nothing_changes_while_every_node_is_there()
    {
        var survey = SchedulerRules.Survey(state, new HashSet<string> { "a", "b", "stranger" }, Noon, LostAfter);
        Assert.False(survey.Changed);
        Assert.Empty(survey.Left);
    }

    [Fact]
    public void Nothing_is_placed_on_a_node_that_left_and_its_sessions_are_told()
    {
        var survey = SchedulerRules.Survey(state, new HashSet<string> { "b" }, Noon, LostAfter);
        Assert.True(survey.Changed);
        Assert.Equal([new LeftBehind("s1", "a", false), new LeftBehind("s2", "a", false)], survey.Left);
        for (var i = 0; i < 4; i++)
            Assert.Equal("b", SchedulerRules.Place(state, $"new{i}", "ann"));
        Assert.Null(SchedulerRules.Place(state, "one too many", "ann"));
    }

    [Fact]
    public void They_are_told_again_until_the_place_is_given_back_and_then_the_node_is_forgotten()
    {
        var here = new HashSet<string> { "b" };
        SchedulerRules.Survey(state, here, Noon, LostAfter);
        SchedulerRules.Release(state, "s1");
        var again = SchedulerRules.Survey(state, here, Noon + TimeSpan.FromMinutes(9), LostAfter);
        Assert.False(again.Changed);
        Assert.Equal([new LeftBehind("s2", "a", false)], again.Left);
        var late = SchedulerRules.Survey(state, here, Noon + LostAfter, LostAfter);
        Assert.Equal([new LeftBehind("s2", "a", true)], late.Left);
        SchedulerRules.Release(state, "s2");
        Assert.True(SchedulerRules.Survey(state, here, Noon + LostAfter, LostAfter).Changed);
        Assert.DoesNotContain("a", state.Nodes.Keys);
    }

    [Fact]
    public void A_node_that_is_back_in_time_opens_when_it_says_so()
    {
        SchedulerRules.Survey(state, new HashSet<string> { "b" }, Noon, LostAfter);
        var back = SchedulerRules.Survey(state, new HashSet<string> { "a", "b" }, Noon + TimeSpan.FromMinutes(5), LostAfter);
        Assert.True(back.Changed);
        Assert.Empty(back.Left);
        Assert.False(state.Nodes["a"].Up);
        SchedulerRules.NodeUp(state, "a", 5);
        Assert.Empty(SchedulerRules.Survey(state, new HashSet<string> { "a", "b" }, Noon + TimeSpan.FromHours(1), LostAfter).Left);
    }
}
