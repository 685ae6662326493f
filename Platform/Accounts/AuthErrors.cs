using System.Globalization;

namespace Squad.Platform.Accounts;

/// <summary>What can be refused at sign-in. The messages do not tell a wrong name from a wrong password.</summary>
public static class AuthErrors
{
    public static SquadError Missing { get; } = SquadError.Unauthenticated("auth.missing", "Sign in first: this needs an access token.");

    public static SquadError Invalid { get; } = SquadError.Unauthenticated("auth.invalid", "The user name, password or token is wrong.");

    public static SquadError Expired { get; } = SquadError.Unauthenticated("auth.expired", "The token has expired; get a new one.");

    public static SquadError SetupLink { get; } =
        SquadError.Unauthenticated("auth.setup", "This setup link is not valid (any more). The newest one is printed where the server was started.");

    /// <summary>Too many failures; carries <c>retryAfter</c> in seconds.</summary>
    public static SquadError Throttled(TimeSpan wait)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var error = SquadError.Exhausted("auth.throttled", $"Too many failed attempts. Try again in {seconds} s.");
        return error with { Facts = error.Facts.Add("retryAfter", seconds) };
    }
}
