using Microsoft.Extensions.Logging;

namespace Orleans.Gateway;

internal static partial class GatewayLog
{
    [LoggerMessage(60, LogLevel.Information, "The gateway listens on {Path}")]
    public static partial void Listening(ILogger logger, string path);

    [LoggerMessage(61, LogLevel.Debug, "Gateway {Path}: process {ProcessId} has connected")]
    public static partial void Accepted(ILogger logger, string path, int processId);

    [LoggerMessage(62, LogLevel.Debug, "Gateway {Path}: the connection of process {ProcessId} has ended: {Reason}")]
    public static partial void Ended(ILogger logger, string path, int processId, string reason);

    [LoggerMessage(63, LogLevel.Warning, "Gateway {Path}: the connection of process {ProcessId} was closed: {Reason}")]
    public static partial void ClosedForCause(ILogger logger, string path, int processId, string reason);

    [LoggerMessage(64, LogLevel.Error, "Gateway {Path} cannot accept connections")]
    public static partial void AcceptFailed(ILogger logger, string path, Exception error);

    [LoggerMessage(65, LogLevel.Information, "Connected to silo {Silo} at {Path}")]
    public static partial void Connected(ILogger logger, string silo, string path);

    [LoggerMessage(66, LogLevel.Warning, "The silo at {Path} is away: {Reason}. Trying again until it is back")]
    public static partial void Away(ILogger logger, string path, string reason);

    [LoggerMessage(67, LogLevel.Warning, "Stream {StreamId} could not be subscribed to again after reconnecting")]
    public static partial void ResubscribeFailed(ILogger logger, Runtime.StreamId streamId, Exception error);
}
