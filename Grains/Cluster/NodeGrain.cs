using Orleans;
using Squad.Cluster;

namespace Squad.Grains.Cluster;

/// <summary>The node as grains see it: a thin shell over this process's <see cref="NodeRuntime"/>, which does the slow work outside of any turn.</summary>
[GrainType("node"), NodePlacement]
public sealed class NodeGrain(NodeRuntime runtime) : Grain, INodeGrain
{
    public Task<Result> Run(RunSandbox command) => Task.FromResult(runtime.Run(command));

    public Task<Result> Input(string sessionId, string text, bool enter) => runtime.WithRunner(sessionId, runner => runner.InputAsync(text, enter));

    public Task<Result> Resize(string sessionId, int columns, int rows) => runtime.WithRunner(sessionId, runner => runner.ResizeAsync(columns, rows));

    public Task<Result> Pause(string sessionId) => runtime.WithRunner(sessionId, runner => runner.PauseAsync());

    public Task<Result> Resume(string sessionId) => runtime.WithRunner(sessionId, runner => runner.ResumeAsync());

    public Task<Result> Stop(string sessionId, TimeSpan grace) => Task.FromResult(runtime.Stop(sessionId, grace));

    public Task<Result> Remove(string sessionId) => runtime.RemoveAsync(sessionId);
}
