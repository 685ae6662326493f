using Microsoft.Extensions.Logging;

namespace Squad.Platform.Accounts;

internal static partial class AccountsLog
{
    // Not the name: people type their password into the wrong field.
    [LoggerMessage(Level = LogLevel.Information, Message = "Failed sign-in from {Address}")]
    public static partial void SignInFailed(this ILogger log, string address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A refresh token of user {User} was used twice: the sign-in it belongs to is revoked")]
    public static partial void TokenReused(this ILogger log, string user);

    [LoggerMessage(Level = LogLevel.Information, Message = "The user {User} was set up with its password")]
    public static partial void AdminSetUp(this ILogger log, string user);

    [LoggerMessage(Level = LogLevel.Information, Message = "Nobody can sign in yet; a setup link was printed on the console")]
    public static partial void SetupLinkPrinted(this ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "The first user will be set up when the silo is there")]
    public static partial void SetupWaits(this ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "The first user could not be set up; trying again")]
    public static partial void SetupFailed(this ILogger log, Exception exception);
}
