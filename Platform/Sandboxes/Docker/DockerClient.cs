using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Squad.Platform.Sandboxes.Docker;

/// <summary>
/// Requests to one Docker daemon. Knows HTTP, versions and time limits, and no meaning of any call: that is <see cref="DockerApi"/>'s.
/// Thread-safe. A call throws only when it is cancelled.
/// </summary>
internal sealed class DockerClient : IDisposable
{
    /// <summary>What Squad is written against, Docker 20.10's. A daemon that has dropped it is spoken to in the oldest version it takes.</summary>
    private static readonly Version Written = new(1, 41);

    private readonly HttpClient http;
    private readonly TimeSpan timeout;
    private Version? agreed;

    public DockerClient(DockerEndpoint endpoint, DockerOptions options)
    {
        Endpoint = endpoint;
        timeout = options.Timeout;
        http = DockerTransport.Open(endpoint, options);
    }

    public DockerEndpoint Endpoint { get; }

    /// <summary>Asks the daemon what it is, and agrees on the version of the API to speak.</summary>
    public async Task<DockerReply<DockerVersion>> VersionAsync(CancellationToken cancellation)
    {
        var reply = await SendAsync(HttpMethod.Get, "/version", null, DockerJson.Default.DockerVersion, timeout, cancellation);
        if (reply.Value is not { } version)
            return reply;
        if (!Version.TryParse(version.ApiVersion, out var newest) || newest < Written)
            return new(0, null, $"The Docker daemon at {Endpoint} is {version.Version} with API {version.ApiVersion}; Squad needs API {Written} (Docker 20.10) or newer.");
        var oldest = Version.TryParse(version.MinAPIVersion, out var least) ? least : Written;
        agreed = oldest > Written ? oldest : Written;
        return reply;
    }

    /// <param name="path">With leading slash and query, without the version.</param>
    public Task<DockerReply<T>> CallAsync<T>(HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T>? answer, CancellationToken cancellation) =>
        CallAsync(method, path, body, answer, timeout, cancellation);

    public async Task<DockerReply<T>> CallAsync<T>(
        HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T>? answer, TimeSpan limit, CancellationToken cancellation)
    {
        if (agreed is null && await VersionAsync(cancellation) is { IsSuccess: false } refused)
            return new(0, default, refused.Message);
        var reply = await SendAsync(method, $"/v{agreed}{path}", body, answer, limit, cancellation);
        // The daemon may come back as another one.
        if (reply.Status == 0)
            agreed = null;
        return reply;
    }

    /// <summary>
    /// As a call, but the answer is handed over once its head has arrived: for what the daemon says later on, and for connections taken over
    /// (<paramref name="upgrade"/>), whose content stream then goes both ways. The caller disposes it.
    /// </summary>
    public async Task<DockerReply<HttpResponseMessage>> OpenAsync(HttpMethod method, string path, bool upgrade, CancellationToken cancellation)
    {
        if (agreed is null && await VersionAsync(cancellation) is { IsSuccess: false } refused)
            return new(0, null, refused.Message);
        using var request = new HttpRequestMessage(method, $"/v{agreed}{path}");
        if (upgrade)
        {
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.Add(new ProductHeaderValue("tcp"));
        }
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (response.StatusCode is HttpStatusCode.SwitchingProtocols or HttpStatusCode.OK)
                return new(HttpStatusCode.OK, response, "");
            using (response)
                return new(response.StatusCode, null, await MessageAsync(response, cancellation));
        }
        catch (Exception e) when (IsLost(e))
        {
            agreed = null;
            return new(0, null, Explain(e));
        }
    }

    /// <summary>What a person should do about a daemon that does not answer.</summary>
    public string Explain(Exception e)
    {
        var inner = e;
        while (inner.InnerException is { } next)
            inner = next;
        return inner switch
        {
            SocketException { SocketErrorCode: SocketError.AccessDenied } =>
                $"No permission to use Docker at {Endpoint}. Add the server's user to the 'docker' group, or set Squad:Sandbox:Docker:Host.",
            SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable } or FileNotFoundException =>
                $"No Docker daemon answers at {Endpoint}. Start Docker, or set Squad:Sandbox:Docker:Host to where it listens.",
            _ => $"The Docker daemon at {Endpoint} cannot be reached: {inner.Message}",
        };
    }

    public static bool IsLost(Exception e) => e is HttpRequestException or IOException or SocketException;

    public void Dispose() => http.Dispose();

    private async Task<DockerReply<T>> SendAsync<T>(
        HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T>? answer, TimeSpan limit, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(limit);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limited.Token);
            if ((int)response.StatusCode >= 400)
                return new(response.StatusCode, default, await MessageAsync(response, limited.Token));
            if (answer is null)
                return new(response.StatusCode, default, "");
            await using var stream = await response.Content.ReadAsStreamAsync(limited.Token);
            return new(response.StatusCode, await JsonSerializer.DeserializeAsync(stream, answer, limited.Token), "");
        }
        catch (Exception e) when (IsLost(e))
        {
            return new(0, default, Explain(e));
        }
        catch (JsonException e)
        {
            return new(0, default, $"What answers at {Endpoint} is no Docker daemon: {method} {path.Split('?')[0]} gave {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(0, default, $"The Docker daemon at {Endpoint} did not answer {method} {path.Split('?')[0]} within {limit.TotalSeconds:0} s.");
        }
    }

    /// <summary>Errors come as <c>{"message":"No such container: abc"}</c>; a proxy in between may send anything.</summary>
    private static async Task<string> MessageAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var text = await response.Content.ReadAsStringAsync(cancellation);
        try
        {
            if (JsonSerializer.Deserialize(text, DockerJson.Default.DockerMessage)?.Message is { } message)
                return message;
        }
        catch (JsonException)
        {
            // Said below with the status.
        }
        return $"{(int)response.StatusCode} {response.ReasonPhrase}: {(text.Length > 300 ? text[..300] : text)}".Trim();
    }
}
