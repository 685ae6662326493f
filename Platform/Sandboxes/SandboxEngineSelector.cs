using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Squad.Platform.Sandboxes.Docker;
using Squad.Platform.Sandboxes.Processes;

namespace Squad.Platform.Sandboxes;

/// <param name="Engine">What new sandboxes are made with.</param>
/// <param name="Warning">Why it is not what one would wish, to be shown to people: <c>sandbox.noIsolation</c>, or the engine's own refusal. Null when all is well.</param>
public sealed record SandboxSelection(ISandboxEngine Engine, SquadError? Warning);

/// <summary>
/// Decides once, before anything else of the host starts, which engine makes new sandboxes. Sandboxes of the other engine, from before a change,
/// are still reached through <see cref="Find"/>. Thread-safe.
/// </summary>
public sealed class SandboxEngineSelector(
    DockerSandboxEngine docker, ProcessSandboxEngine process, IOptions<SandboxOptions> options, ILogger<SandboxEngineSelector> logger) : IHostedLifecycleService
{
    public const string NoIsolationCode = "sandbox.noIsolation";

    /// <summary>A daemon that hangs must not keep the server from starting.</summary>
    private static readonly TimeSpan DockerPatience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private Task<SandboxSelection>? selection;

    /// <summary>The selection made.</summary>
    /// <exception cref="InvalidOperationException">The host has not been started, nor was <see cref="SelectAsync"/> called.</exception>
    public SandboxSelection Current =>
        Volatile.Read(ref selection) is { IsCompletedSuccessfully: true } made
            ? made.Result
            : throw new InvalidOperationException("No sandbox engine is selected yet: start the host, or await SandboxEngineSelector.SelectAsync first.");

    /// <summary>The engine of this name, for sandboxes made before; null if there is none.</summary>
    public ISandboxEngine? Find(string name) => name switch
    {
        "docker" => docker,
        "process" => process,
        _ => null,
    };

    /// <summary>Makes the selection, or gives the one made. Cancelling ends the wait alone.</summary>
    public Task<SandboxSelection> SelectAsync(CancellationToken cancellation = default)
    {
        lock (gate)
            selection ??= DecideAsync();
        return selection.WaitAsync(cancellation);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => SelectAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<SandboxSelection> DecideAsync()
    {
        var decided = options.Value.Engine switch
        {
            SandboxEngineKind.Docker => new SandboxSelection(docker, await DockerProblemAsync()),
            SandboxEngineKind.Process => await ProcessesAsync("They were chosen by configuration."),
            _ => await DockerProblemAsync() is { } problem
                ? await ProcessesAsync(problem.Message)
                : new SandboxSelection(docker, null),
        };
        if (decided.Warning is { } warning)
            logger.SelectedWithWarning(warning.Message);
        if (!decided.Engine.Isolates)
            logger.NotIsolating();
        logger.Selected(decided.Engine.Name);
        return decided;
    }

    private async Task<SquadError?> DockerProblemAsync()
    {
        using var patience = new CancellationTokenSource(DockerPatience);
        try
        {
            return (await docker.CheckAsync(patience.Token)).Error ?? (await docker.CheckImageAsync(options.Value.Image, patience.Token)).Error;
        }
        catch (OperationCanceledException)
        {
            return SandboxErrors.Unavailable($"The Docker daemon did not answer within {DockerPatience.TotalSeconds:0} s.");
        }
    }

    private async Task<SandboxSelection> ProcessesAsync(string why)
    {
        var check = await process.CheckAsync();
        return new SandboxSelection(process, check.Error is { } error
            ? error with { Message = $"{error.Message} Plain processes are used because: {why}" }
            : SquadError.Unavailable(NoIsolationCode, $"Sessions run as plain processes on this machine and are not isolated from it. {why}"));
    }
}
