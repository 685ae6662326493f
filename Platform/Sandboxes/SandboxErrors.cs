namespace Squad.Platform.Sandboxes;

/// <summary>Every refusal a sandbox engine gives, so that all engines say the same thing under the same code.</summary>
public static class SandboxErrors
{
    public const string NotFoundCode = "sandbox.notFound";
    public const string ExistsCode = "sandbox.exists";
    public const string ImageNotFoundCode = "sandbox.imageNotFound";
    public const string UnavailableCode = "sandbox.unavailable";
    public const string DiskFullCode = "sandbox.diskFull";
    public const string CreateFailedCode = "sandbox.createFailed";
    public const string StartFailedCode = "sandbox.startFailed";
    public const string NotRunningCode = "sandbox.notRunning";

    public static SquadError NotFound(string name) => SquadError.NotFound(NotFoundCode, $"There is no sandbox '{name}'.");

    public static SquadError Exists(string name) =>
        SquadError.Conflict(ExistsCode, $"A sandbox '{name}' exists already; remove it or take another name.");

    public static SquadError ImageNotFound(string image) =>
        SquadError.NotFound(ImageNotFoundCode, $"The image '{image}' is not on this machine. Build the session image with 'make image', or pull the image first.");

    public static SquadError Unavailable(string message) => SquadError.Unavailable(UnavailableCode, message);

    public static SquadError DiskFull(string detail) =>
        SquadError.Unavailable(DiskFullCode, $"The disk is full: {detail}. Remove old sandboxes, images or volumes and try again.");

    public static SquadError CreateFailed(string detail) => new(ErrorKind.Unavailable, CreateFailedCode, $"The sandbox could not be created: {detail}");

    public static SquadError StartFailed(string detail) => new(ErrorKind.Unavailable, StartFailedCode, $"The sandbox could not be started: {detail}");

    public static SquadError NotRunning(string name) => SquadError.Conflict(NotRunningCode, $"The sandbox '{name}' does not run.");
}
