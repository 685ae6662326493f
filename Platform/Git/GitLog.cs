using Microsoft.Extensions.Logging;

namespace Squad.Platform.Git;

internal static partial class GitLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Repository {Repository} created")]
    public static partial void RepositoryCreated(this ILogger log, RepositoryName repository);

    [LoggerMessage(Level = LogLevel.Information, Message = "Repository {Repository} has {Branch} as its default branch now")]
    public static partial void DefaultBranchAdopted(this ILogger log, RepositoryName repository, string branch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The directory {Directory} could not be removed")]
    public static partial void LeftBehind(this ILogger log, string directory, Exception problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Repository {Repository} imported: {Bytes} bytes")]
    public static partial void Imported(this ILogger log, RepositoryName repository, long bytes);

    [LoggerMessage(Level = LogLevel.Information, Message = "Import of {Repository} failed: {Reason}")]
    public static partial void ImportFailed(this ILogger log, RepositoryName repository, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Repository {Repository} packed")]
    public static partial void Maintained(this ILogger log, RepositoryName repository);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Maintenance of {Repository} failed: {Reason}")]
    public static partial void MaintenanceFailed(this ILogger log, RepositoryName repository, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "git {Version}")]
    public static partial void GitFound(this ILogger log, Version version);
}
