using System.Text.Json;
using System.Text.Json.Serialization;

namespace Squad.Platform.Sandboxes.Docker;

// The part of the Docker Engine API (1.41) that Squad speaks. Names are the API's own; what is absent is left to the daemon's default.

internal sealed record DockerVersion(string Version, string ApiVersion, string? MinAPIVersion, string Os, string Arch, string? KernelVersion);

internal sealed record DockerInfo(string Driver, string? CgroupVersion, int NCPU, long MemTotal, Dictionary<string, DockerRuntime>? Runtimes);

internal sealed record DockerRuntime([property: JsonPropertyName("path")] string? Path);

internal sealed record DockerMessage([property: JsonPropertyName("message")] string? Message);

internal sealed record ContainerCreate
{
    public required string Image { get; init; }
    public string[]? Entrypoint { get; init; }
    public string[]? Cmd { get; init; }
    public string[]? Env { get; init; }
    public string? User { get; init; }
    public string? WorkingDir { get; init; }
    public string? Hostname { get; init; }
    public bool AttachStdin { get; init; }
    public bool AttachStdout { get; init; }
    public bool AttachStderr { get; init; }
    public bool OpenStdin { get; init; }
    public bool StdinOnce { get; init; }
    public bool Tty { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public required HostConfig HostConfig { get; init; }
}

internal sealed record HostConfig
{
    public long Memory { get; init; }
    public long MemorySwap { get; init; }
    public long NanoCpus { get; init; }
    public long PidsLimit { get; init; }
    public int OomScoreAdj { get; init; }
    public string[]? CapDrop { get; init; }
    public string[]? SecurityOpt { get; init; }
    public bool ReadonlyRootfs { get; init; }
    public bool Privileged { get; init; }
    public bool Init { get; init; }
    public bool AutoRemove { get; init; }
    public string? NetworkMode { get; init; }
    public string? IpcMode { get; init; }
    public string? Runtime { get; init; }
    public Dictionary<string, string>? Tmpfs { get; init; }
    public ContainerMount[]? Mounts { get; init; }
    public Ulimit[]? Ulimits { get; init; }
    public LogConfig? LogConfig { get; init; }
    public RestartPolicy? RestartPolicy { get; init; }
}

internal sealed record Ulimit(string Name, long Soft, long Hard);

internal sealed record LogConfig(string Type, Dictionary<string, string> Config);

internal sealed record RestartPolicy(string Name);

internal sealed record ContainerMount
{
    public required string Type { get; init; }
    public required string Source { get; init; }
    public required string Target { get; init; }
    public bool ReadOnly { get; init; }
    public VolumeOptions? VolumeOptions { get; init; }
}

internal sealed record VolumeOptions(IReadOnlyDictionary<string, string> Labels);

internal sealed record ContainerCreated(string Id, string[]? Warnings);

internal sealed record ContainerWaited(int StatusCode);

internal sealed record ContainerInspect(string Id, string Name, ContainerState State, ContainerConfig Config);

internal sealed record ContainerConfig(string Image, Dictionary<string, string>? Labels);

/// <param name="Status">created, running, paused, restarting, removing, exited or dead.</param>
internal sealed record ContainerState(string Status, bool Running, bool Paused, bool OOMKilled, int ExitCode, string? Error);

/// <param name="Names">With a leading slash.</param>
internal sealed record ContainerSummary(string Id, string[] Names, string State, Dictionary<string, string>? Labels);

internal sealed record VolumeInspect(string Name, Dictionary<string, string>? Labels);

internal sealed record VolumeList(VolumeInspect[]? Volumes);

internal sealed record VolumeCreate(string Name, IReadOnlyDictionary<string, string> Labels);

internal sealed record ImageInspect(string Id, string[]? RepoTags, long Size);

internal sealed record ContainerStats(
    [property: JsonPropertyName("read")] DateTimeOffset Read,
    [property: JsonPropertyName("cpu_stats")] CpuStats? Cpu,
    [property: JsonPropertyName("memory_stats")] MemoryStats? Memory,
    [property: JsonPropertyName("pids_stats")] PidsStats? Pids);

internal sealed record CpuStats([property: JsonPropertyName("cpu_usage")] CpuUsage? Usage);

/// <param name="TotalNanoseconds">Since the container's start.</param>
internal sealed record CpuUsage([property: JsonPropertyName("total_usage")] ulong TotalNanoseconds);

/// <param name="Stats">Counters of the memory cgroup; their names differ between cgroup versions.</param>
internal sealed record MemoryStats(
    [property: JsonPropertyName("usage")] ulong Usage,
    [property: JsonPropertyName("stats")] Dictionary<string, ulong>? Stats);

internal sealed record PidsStats([property: JsonPropertyName("current")] ulong? Current);

[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DockerVersion))]
[JsonSerializable(typeof(DockerInfo))]
[JsonSerializable(typeof(DockerMessage))]
[JsonSerializable(typeof(ContainerCreate))]
[JsonSerializable(typeof(ContainerCreated))]
[JsonSerializable(typeof(ContainerWaited))]
[JsonSerializable(typeof(ContainerInspect))]
[JsonSerializable(typeof(ContainerSummary[]))]
[JsonSerializable(typeof(ContainerStats))]
[JsonSerializable(typeof(VolumeCreate))]
[JsonSerializable(typeof(VolumeInspect))]
[JsonSerializable(typeof(VolumeList))]
[JsonSerializable(typeof(ImageInspect))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class DockerJson : JsonSerializerContext;
