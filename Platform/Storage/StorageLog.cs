using Microsoft.Extensions.Logging;

namespace Squad.Platform.Storage;

internal static partial class StorageLog
{
    [LoggerMessage(1, LogLevel.Information, "Migration {Migration} applied.")]
    public static partial void MigrationApplied(ILogger logger, string migration);

    [LoggerMessage(2, LogLevel.Debug, "Rolling back a failed migration was not possible; the database did it itself.")]
    public static partial void RollbackFailed(ILogger logger, Exception error);

    [LoggerMessage(3, LogLevel.Warning, "The database does not answer.")]
    public static partial void Unhealthy(ILogger logger, Exception error);
}
