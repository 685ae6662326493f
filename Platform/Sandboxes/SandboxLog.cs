using Microsoft.Extensions.Logging;

namespace Squad.Platform.Sandboxes;

internal static partial class SandboxLog
{
    [LoggerMessage(1, LogLevel.Information, "Sandbox {Name} created as {Id} from {Image}")]
    public static partial void Created(this ILogger logger, string name, string id, string image);

    [LoggerMessage(2, LogLevel.Information, "Sandbox {Name} started ({Id})")]
    public static partial void Started(this ILogger logger, string name, string id);

    [LoggerMessage(3, LogLevel.Information, "Sandbox {Name} stopped ({Id})")]
    public static partial void Stopped(this ILogger logger, string name, string id);

    [LoggerMessage(4, LogLevel.Information, "Sandbox {Name} removed ({Id}), with its workspace: {WithWorkspace}")]
    public static partial void Removed(this ILogger logger, string name, string id, bool withWorkspace);

    [LoggerMessage(5, LogLevel.Warning, "The volume {Volume} of a sandbox that could not be created is left over: {Reason}")]
    public static partial void VolumeLeft(this ILogger logger, string volume, string reason);

    [LoggerMessage(6, LogLevel.Warning,
        "SANDBOXES DO NOT ISOLATE: sessions run as plain processes of this user, with its files, its network and without limits. Use Docker for anything but a try.")]
    public static partial void NotIsolating(this ILogger logger);

    [LoggerMessage(7, LogLevel.Information, "Sandboxes are made by {Engine}")]
    public static partial void Selected(this ILogger logger, string engine);

    [LoggerMessage(8, LogLevel.Warning, "Sandboxes: {Message}")]
    public static partial void SelectedWithWarning(this ILogger logger, string message);

    [LoggerMessage(9, LogLevel.Warning, "The record {Path} of a process sandbox cannot be read and is ignored: {Reason}")]
    public static partial void RecordUnreadable(this ILogger logger, string path, string reason);

    [LoggerMessage(10, LogLevel.Warning, "The environment variable DOCKER_HOST is ignored: {Reason}")]
    public static partial void DockerHostIgnored(this ILogger logger, string reason);

    [LoggerMessage(11, LogLevel.Error, "Processes of the sandbox {Name} cannot be killed: {Pids}")]
    public static partial void ProcessesLeft(this ILogger logger, string name, string pids);
}
