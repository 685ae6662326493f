using System.Collections.Immutable;
using System.Globalization;

namespace Squad.Grains.Users;

/// <summary>Whether one more live session fits into a user's quota.</summary>
public static class Admission
{
    public static Result Decide(IReadOnlySet<string> live, string sessionId, int max)
    {
        if (live.Contains(sessionId) || live.Count < max)
            return Result.Ok;
        return SquadError.Exhausted("quota.sessions", $"You have {live.Count} live sessions of {max} allowed. Stop one, or wait for one to end.") with
        {
            Facts = ImmutableDictionary<string, string>.Empty
                .Add("limit", max.ToString(CultureInfo.InvariantCulture))
                .Add("used", live.Count.ToString(CultureInfo.InvariantCulture)),
        };
    }
}

/// <summary>Section <c>Squad:Quota</c>.</summary>
public sealed class QuotaOptions
{
    /// <summary>Live sessions of one user. Default: 20.</summary>
    public int LiveSessionsMax { get; set; } = 20;

    /// <summary>
    /// How long a place is kept for a session that was admitted and has not been written down: a server that was taken for dead may be starting it all the same. Default: 1 minute.
    /// </summary>
    public TimeSpan StartPatience { get; set; } = TimeSpan.FromMinutes(1);
}
