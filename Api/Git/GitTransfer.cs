using System.Buffers;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Squad.Platform.Git;

namespace Squad.Api.Git;

/// <summary>
/// Runs <c>git upload-pack</c> and <c>git receive-pack</c> for a request and carries the bytes: request body to standard input, standard output to
/// the response, both at once, through one buffer each, so that the slower side sets the pace and memory does not grow with the repository.
/// A client that goes away, and a transfer that takes too long, end git. A bounded number run at a time; others wait their turn.
/// </summary>
internal sealed partial class GitTransfer(GitEnvironment environment, GitRepositories repositories, IOptions<GitOptions> options, TimeProvider time, ILogger<GitTransfer> log)
    : IDisposable
{
    /// <summary>A pipe holds 64 KiB on Linux: more is never read or written at once.</summary>
    private const int BufferBytes = 64 * 1024;

    private const long DroppedBytesMax = 64L << 20;

    private readonly SemaphoreSlim _places = new(options.Value.TransfersMax);

    public void Dispose() => _places.Dispose();

    /// <summary>Answers <c>info/refs</c>: the announcement of the service, then what git says of its refs and capabilities.</summary>
    public Task<bool> AdvertiseAsync(HttpContext context, RepositoryName repository, GitService service)
    {
        context.Response.ContentType = service.Advertisement;
        // "001e# service=git-upload-pack\n0000": a packet's length counts its own four digits. Version 2 has no use for it, and clients take it.
        var line = $"# service={service.Name}\n";
        var announcement = System.Text.Encoding.ASCII.GetBytes($"{line.Length + 4:x4}{line}0000");
        return RunAsync(context, repository, service, ["--http-backend-info-refs"], announcement, body: null);
    }

    /// <summary>Carries one request and its answer. True when git ended well.</summary>
    public async Task<bool> ServeAsync(HttpContext context, RepositoryName repository, GitService service)
    {
        context.Response.ContentType = service.ResultType;
        switch (context.Request.Headers.ContentEncoding.ToString())
        {
            case "" or "identity":
                return await RunAsync(context, repository, service, [], default, context.Request.Body);
            case "gzip" or "x-gzip":
                await using (var unpacked = new GZipStream(context.Request.Body, CompressionMode.Decompress))
                    return await RunAsync(context, repository, service, [], default, unpacked);
            default:
                context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
                context.Response.ContentType = "text/plain";
                await context.Response.WriteAsync("The body may be plain or gzip.\n", context.RequestAborted);
                return false;
        }
    }

    private async Task<bool> RunAsync(
        HttpContext context, RepositoryName repository, GitService service, string[] extra, ReadOnlyMemory<byte> announcement, Stream? body)
    {
        using var late = new CancellationTokenSource(options.Value.TransferTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        await _places.WaitAsync(stop.Token);
        try
        {
            await using var git = GitProcess.Start(
                environment,
                [service.Program, "--stateless-rpc", .. extra, "--", repositories.PathOf(repository)],
                new GitStart { Variables = Protocol(context) });
            var sending = SendAsync(body, git.Input, stop.Token);
            bool answered;
            try
            {
                answered = await AnswerAsync(context, git.Output, announcement, stop.Token);
            }
            catch
            {
                // Nothing may read the request's body once the request is over.
                await stop.CancelAsync();
                await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
            await sending;
            var code = await git.WaitAsync(stop.Token);
            if (code == 0)
                return true;
            log.TransferFailed(service.Name, repository, code, git.Error);
            if (!answered)
                await FailAsync(context);
            return false;
        }
        catch (Exception problem) when (problem is IOException || (stop.IsCancellationRequested && problem is OperationCanceledException))
        {
            log.TransferEnded(service.Name, repository, late.IsCancellationRequested ? "it took too long" : "the client went away");
            context.Abort();
            return false;
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>
    /// Body to git. When git stops reading, the rest is read and dropped up to a limit: most clients read the answer only after they have sent everything.
    /// </summary>
    private static async Task SendAsync(Stream? body, Stream input, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var listening = true;
            long dropped = 0;
            int count;
            while (body is not null && dropped < DroppedBytesMax && (count = await body.ReadAsync(buffer.AsMemory(0, BufferBytes), cancellation)) > 0)
            {
                listening = listening && await TryWriteAsync(input, buffer.AsMemory(0, count), cancellation);
                dropped += listening ? 0 : count;
            }
        }
        catch (InvalidDataException)
        {
            // Not gzip after all: git sees its input end early and says so.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await input.DisposeAsync();
        }
    }

    private static async ValueTask<bool> TryWriteAsync(Stream input, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await input.WriteAsync(bytes, cancellation);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>git to response; false when git said nothing, so that the status can still be chosen.</summary>
    private static async Task<bool> AnswerAsync(HttpContext context, Stream output, ReadOnlyMemory<byte> announcement, CancellationToken cancellation)
    {
        var writer = context.Response.BodyWriter;
        var first = true;
        while (true)
        {
            // Waiting for git without holding the response's buffer, then reading straight into it.
            var memory = writer.GetMemory(BufferBytes);
            var offset = 0;
            if (first)
            {
                announcement.CopyTo(memory);
                offset = announcement.Length;
            }
            var count = await output.ReadAsync(memory[offset..], cancellation);
            if (count == 0)
                return !first;
            if (first)
                NoCache(context.Response.Headers);
            first = false;
            writer.Advance(offset + count);
            var flushed = await writer.FlushAsync(cancellation);
            if (flushed.IsCompleted)
                cancellation.ThrowIfCancellationRequested();
        }
    }

    private static Task FailAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync("git failed on the server; its log says why.\n", context.RequestAborted);
    }

    private static void NoCache(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-cache, max-age=0, must-revalidate";
        headers.Pragma = "no-cache";
        headers.Expires = "Fri, 01 Jan 1980 00:00:00 GMT";
    }

    /// <summary>The client's <c>Git-Protocol: version=2</c>, if it is well formed; anything else is as if it were not there.</summary>
    private static KeyValuePair<string, string>[] Protocol(HttpContext context) =>
        context.Request.Headers["Git-Protocol"] is [{ } asked] && Asked().IsMatch(asked) ? [new("GIT_PROTOCOL", asked)] : [];

    [GeneratedRegex(@"\A[a-z0-9-]{1,20}(=[a-z0-9.-]{1,20})?(:[a-z0-9-]{1,20}(=[a-z0-9.-]{1,20})?){0,7}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Asked();
}

internal static partial class GitTransferLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Service} on {Repository} ended with {Code}: {Error}")]
    public static partial void TransferFailed(this ILogger log, string service, RepositoryName repository, int code, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Service} on {Repository} was ended: {Reason}")]
    public static partial void TransferEnded(this ILogger log, string service, RepositoryName repository, string reason);
}
