using System.Text.Json;

namespace Squad.EndToEnd.Clients;

/// <summary>What tests ask of events.</summary>
internal static class Events
{
    public static long Seq(this JsonElement e) => e.GetProperty("seq").GetInt64();

    public static bool IsOutput(this JsonElement e) => e.GetProperty("type").GetString() == "engine.output";

    public static string Text(this JsonElement e) => e.GetProperty("data").GetProperty("text").GetString()!;

    /// <summary>The session has come to its end.</summary>
    public static bool IsEnd(this JsonElement e) =>
        e.GetProperty("type").GetString() == "session.state" && e.GetProperty("data").GetProperty("to").GetString() is "stopped" or "failed" or "lost";

    /// <summary>Every number from <paramref name="first"/> on, once and in order.</summary>
    public static void AreGapless(IEnumerable<long> numbers, long first = 1)
    {
        var expected = first;
        foreach (var number in numbers)
            Assert.Equal(expected++, number);
        Assert.True(expected > first, "There are no events at all.");
    }
}
