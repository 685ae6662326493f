namespace Squad.Api.Git;

/// <summary>One of the two programs behind git's smart protocol.</summary>
internal sealed record GitService(string Program, bool Writes)
{
    public static GitService UploadPack { get; } = new("upload-pack", Writes: false);

    public static GitService ReceivePack { get; } = new("receive-pack", Writes: true);

    /// <summary>As in <c>?service=git-upload-pack</c>.</summary>
    public string Name => "git-" + Program;

    public string Advertisement => $"application/x-{Name}-advertisement";

    public string RequestType => $"application/x-{Name}-request";

    public string ResultType => $"application/x-{Name}-result";

    public static GitService? Named(string? name) => name switch
    {
        "git-upload-pack" => UploadPack,
        "git-receive-pack" => ReceivePack,
        _ => null,
    };
}
