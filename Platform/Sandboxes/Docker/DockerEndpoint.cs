namespace Squad.Platform.Sandboxes.Docker;

/// <summary>Where a daemon listens: a Unix socket, or an address with or without TLS.</summary>
/// <param name="Socket">Path of the Unix socket; null for TCP.</param>
/// <param name="Address">What requests are addressed to; for a Unix socket a placeholder.</param>
public sealed record DockerEndpoint(string? Socket, Uri Address)
{
    /// <summary>What the address of a Unix socket can hold.</summary>
    private const int SocketPathMax = 107;

    public static DockerEndpoint Default { get; } = new("/var/run/docker.sock", new Uri("http://docker"));

    public static Result<DockerEndpoint> Parse(string host)
    {
        if (host.StartsWith("unix://", StringComparison.Ordinal))
        {
            var path = host["unix://".Length..];
            return path.StartsWith('/') && path.Length <= SocketPathMax ? new DockerEndpoint(path, new Uri("http://docker")) : Wrong(host);
        }
        var address = host.StartsWith("tcp://", StringComparison.Ordinal) ? "http://" + host["tcp://".Length..] : host;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0 || uri.PathAndQuery != "/")
            return Wrong(host);
        return new DockerEndpoint(null, uri);
    }

    /// <summary>As an administrator would write it.</summary>
    public override string ToString() => Socket is not null ? "unix://" + Socket : Address.GetLeftPart(UriPartial.Authority);

    private static SquadError Wrong(string host) =>
        SandboxErrors.Unavailable($"'{host}' is not a Docker address; it must be unix:///path, tcp://host:port or https://host:port.");
}
