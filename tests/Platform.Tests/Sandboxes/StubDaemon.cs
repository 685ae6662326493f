using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Docker;

namespace Squad.Platform.Tests.Sandboxes;

/// <summary>Listens on a Unix socket and answers as told: for what a real daemon will not do on demand.</summary>
internal sealed class StubDaemon : IAsyncDisposable
{
    public const string Version = """{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}""";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("squad-daemon-");
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource ended = new();
    private readonly Func<string, (int Status, string Body)?> answer;
    private readonly Task serving;

    /// <param name="answer">From "GET /path" to the answer; null hangs up without one.</param>
    public StubDaemon(Func<string, (int Status, string Body)?> answer)
    {
        this.answer = answer;
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen();
        serving = ServeAsync();
        Engine = new DockerSandboxEngine(new DockerEndpoint(SocketPath, new Uri("http://docker")), Options, TimeProvider.System, NullLogger<DockerSandboxEngine>.Instance);
    }

    public SandboxOptions Options { get; } = new();

    public DockerSandboxEngine Engine { get; }

    public List<string> Requests { get; } = [];

    private string SocketPath => Path.Combine(directory.FullName, "docker.sock");

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        listener.Dispose();
        await serving;
        Engine.Dispose();
        directory.Delete(recursive: true);
        ended.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptAsync(ended.Token);
                await using var stream = new NetworkStream(connection);
                await AnswerAsync(stream);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or IOException or SocketException)
        {
            // The test is over.
        }
    }

    /// <summary>One request a connection.</summary>
    private async Task AnswerAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        var request = (await reader.ReadLineAsync(ended.Token))?.Replace(" HTTP/1.1", "", StringComparison.Ordinal) ?? "";
        // To its end: a socket closed on unread bytes is reset, and the answer lost with it.
        var chunked = false;
        while (await reader.ReadLineAsync(ended.Token) is { Length: > 0 } header)
            chunked |= header.StartsWith("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        while (chunked && await reader.ReadLineAsync(ended.Token) is not ("0" or null))
        {
        }
        if (chunked)
            await reader.ReadLineAsync(ended.Token);
        lock (Requests)
            Requests.Add(request);
        if (answer(request) is not var (status, body))
            return;
        var bytes = Encoding.UTF8.GetBytes(body);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: {bytes.Length}\r\n\r\n"), ended.Token);
        await stream.WriteAsync(bytes, ended.Token);
    }
}
