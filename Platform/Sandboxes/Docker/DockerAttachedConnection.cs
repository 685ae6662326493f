namespace Squad.Platform.Sandboxes.Docker;

/// <summary>A connection taken over by an attachment. Closing it detaches; the container goes on.</summary>
internal sealed class DockerAttachedConnection(HttpResponseMessage response, Stream stream) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        response.Dispose();
    }
}
