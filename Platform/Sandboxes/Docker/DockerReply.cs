using System.Net;

namespace Squad.Platform.Sandboxes.Docker;

/// <summary>
/// What the daemon answered: a status with a value or with its message, or that it did not answer at all (<paramref name="Status"/> 0).
/// The meaning of a refusal depends on the call, so mapping to an error is the caller's, through <see cref="ErrorOr"/>.
/// </summary>
internal readonly record struct DockerReply<T>(HttpStatusCode Status, T? Value, string Message)
{
    public bool IsSuccess => (int)Status is >= 200 and < 400;

    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    public bool IsConflict => Status == HttpStatusCode.Conflict;

    /// <summary>The error for a reply that is no success: a lost daemon and a full disk mean the same in every call, the rest is <paramref name="refused"/>.</summary>
    public SquadError ErrorOr(Func<string, SquadError> refused)
    {
        if (Status == 0)
            return SandboxErrors.Unavailable(Message);
        if (Message.Contains("no space left on device", StringComparison.OrdinalIgnoreCase) || Message.Contains("disk quota exceeded", StringComparison.OrdinalIgnoreCase))
            return SandboxErrors.DiskFull(Message);
        return refused(Message);
    }
}

/// <summary>For calls that answer nothing but a status.</summary>
internal readonly record struct Nothing;
