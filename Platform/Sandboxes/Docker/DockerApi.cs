using System.Net.Http.Json;
using System.Text.Json;

namespace Squad.Platform.Sandboxes.Docker;

/// <summary>The calls of the Docker Engine API that Squad makes, one method each and nothing added. Thread-safe.</summary>
internal sealed class DockerApi(DockerClient client)
{
    public DockerClient Client { get; } = client;

    public Task<DockerReply<DockerVersion>> VersionAsync(CancellationToken cancellation) => Client.VersionAsync(cancellation);

    public Task<DockerReply<DockerInfo>> InfoAsync(CancellationToken cancellation) =>
        Client.CallAsync(HttpMethod.Get, "/info", null, DockerJson.Default.DockerInfo, cancellation);

    public Task<DockerReply<ImageInspect>> InspectImageAsync(string image, CancellationToken cancellation) =>
        // An image's name is several path segments, so it is escaped but for its slashes.
        Client.CallAsync(HttpMethod.Get, $"/images/{Uri.EscapeDataString(image).Replace("%2F", "/", StringComparison.Ordinal)}/json", null,
            DockerJson.Default.ImageInspect, cancellation);

    public Task<DockerReply<ContainerCreated>> CreateAsync(string name, ContainerCreate container, CancellationToken cancellation) =>
        Client.CallAsync(HttpMethod.Post, $"/containers/create?name={Escape(name)}", JsonContent.Create(container, DockerJson.Default.ContainerCreate),
            DockerJson.Default.ContainerCreated, cancellation);

    /// <summary>304 when it runs already.</summary>
    public Task<DockerReply<Nothing>> StartAsync(string id, CancellationToken cancellation) => PostAsync($"/containers/{Escape(id)}/start", cancellation);

    /// <summary>Completes when it has ended.</summary>
    public Task<DockerReply<Nothing>> StopAsync(string id, int graceSeconds, CancellationToken cancellation) =>
        Client.CallAsync<Nothing>(HttpMethod.Post, $"/containers/{Escape(id)}/stop?t={graceSeconds}", null, null,
            TimeSpan.FromSeconds(graceSeconds + 60L), cancellation);

    public Task<DockerReply<Nothing>> KillAsync(string id, string signal, CancellationToken cancellation) =>
        PostAsync($"/containers/{Escape(id)}/kill?signal={Escape(signal)}", cancellation);

    public Task<DockerReply<Nothing>> PauseAsync(string id, CancellationToken cancellation) => PostAsync($"/containers/{Escape(id)}/pause", cancellation);

    public Task<DockerReply<Nothing>> UnpauseAsync(string id, CancellationToken cancellation) => PostAsync($"/containers/{Escape(id)}/unpause", cancellation);

    public Task<DockerReply<Nothing>> RemoveAsync(string id, CancellationToken cancellation) =>
        Client.CallAsync<Nothing>(HttpMethod.Delete, $"/containers/{Escape(id)}?force=true&v=true", null, null, cancellation);

    public Task<DockerReply<ContainerInspect>> InspectAsync(string id, CancellationToken cancellation) =>
        Client.CallAsync(HttpMethod.Get, $"/containers/{Escape(id)}/json", null, DockerJson.Default.ContainerInspect, cancellation);

    /// <summary>One sample at once, without the second that the daemon would take to measure a rate.</summary>
    public Task<DockerReply<ContainerStats>> StatsAsync(string id, CancellationToken cancellation) =>
        Client.CallAsync(HttpMethod.Get, $"/containers/{Escape(id)}/stats?stream=false&one-shot=true", null, DockerJson.Default.ContainerStats, cancellation);

    /// <param name="labels">As <c>key</c> or <c>key=value</c>; all must match.</param>
    public Task<DockerReply<ContainerSummary[]>> ListAsync(string[] labels, CancellationToken cancellation) =>
        Client.CallAsync(HttpMethod.Get, $"/containers/json?all=true&filters={LabelFilter(labels)}", null, DockerJson.Default.ContainerSummaryArray, cancellation);

    /// <summary>
    /// The daemon sends the head of its answer once it watches the container, and the body (<c>{"StatusCode":0}</c>) when <paramref name="condition"/>
    /// (<c>not-running</c>, <c>next-exit</c>, <c>removed</c>) holds.
    /// </summary>
    public Task<DockerReply<HttpResponseMessage>> WaitAsync(string id, string condition, CancellationToken cancellation) =>
        Client.OpenAsync(HttpMethod.Post, $"/containers/{Escape(id)}/wait?condition={condition}", upgrade: false, cancellation);

    /// <summary>Takes the connection over; frames of <see cref="DockerFrames"/> come out of it, what is written goes to standard input as it is.</summary>
    public Task<DockerReply<HttpResponseMessage>> AttachAsync(string id, CancellationToken cancellation) =>
        Client.OpenAsync(HttpMethod.Post, $"/containers/{Escape(id)}/attach?stream=1&stdin=1&stdout=1&stderr=1", upgrade: true, cancellation);

    public Task<DockerReply<VolumeInspect>> CreateVolumeAsync(string name, IReadOnlyDictionary<string, string> labels, CancellationToken cancellation) =>
        Client.CallAsync(HttpMethod.Post, "/volumes/create", JsonContent.Create(new VolumeCreate(name, labels), DockerJson.Default.VolumeCreate),
            DockerJson.Default.VolumeInspect, cancellation);

    public Task<DockerReply<VolumeInspect>> InspectVolumeAsync(string name, CancellationToken cancellation) =>
        Client.CallAsync(HttpMethod.Get, $"/volumes/{Escape(name)}", null, DockerJson.Default.VolumeInspect, cancellation);

    public Task<DockerReply<VolumeList>> ListVolumesAsync(string[] labels, CancellationToken cancellation) =>
        Client.CallAsync(HttpMethod.Get, $"/volumes?filters={LabelFilter(labels)}", null, DockerJson.Default.VolumeList, cancellation);

    public Task<DockerReply<Nothing>> RemoveVolumeAsync(string name, CancellationToken cancellation) =>
        Client.CallAsync<Nothing>(HttpMethod.Delete, $"/volumes/{Escape(name)}", null, null, cancellation);

    private Task<DockerReply<Nothing>> PostAsync(string path, CancellationToken cancellation) =>
        Client.CallAsync<Nothing>(HttpMethod.Post, path, null, null, cancellation);

    private static string Escape(string value) => Uri.EscapeDataString(value);

    private static string LabelFilter(string[] labels) =>
        Escape(JsonSerializer.Serialize(new Dictionary<string, string[]> { ["label"] = labels }, DockerJson.Default.DictionaryStringStringArray));
}
