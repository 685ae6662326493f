using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;

namespace Squad.Client;

/// <summary>Tries again where the host need not wait for the silo, and else says where none was found: Microsoft Orleans does not.</summary>
internal sealed class PatientStart(IOptions<SquadClientOptions> options, TimeProvider time) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(200);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (options.Value.WaitForSilo)
            return exception is SiloUnavailableException ? false : throw new SiloUnavailableException($"No silo listens at '{options.Value.Gateway}': {exception.Message}", exception);
        await Task.Delay(RetryEvery, time, cancellationToken);
        return true;
    }
}

/// <summary>Whether the silo has been reached since the host was started. It may be away again since.</summary>
internal sealed class SiloReached(IOptions<SquadClientOptions> options)
{
    private Task connecting = Task.FromException(new InvalidOperationException("The host has not started."));

    public Task By(Task start) => connecting = start;

    /// <exception cref="SiloUnavailableException">Not yet; the message names the gateway.</exception>
    public void OrThrow()
    {
        if (!connecting.IsCompletedSuccessfully)
            throw new SiloUnavailableException($"No silo has been reached at '{options.Value.Gateway}' yet.");
    }
}

/// <summary>The hosted service that connects the client; the host awaits its start only if <see cref="SquadClientOptions.WaitForSilo"/> says so.</summary>
internal sealed class StartedBeside(IHostedService inner, SiloReached reached, IOptions<SquadClientOptions> options) : IHostedService
{
    private readonly CancellationTokenSource stopping = new();
    private Task starting = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        starting = reached.By(inner.StartAsync(options.Value.WaitForSilo ? cancellationToken : stopping.Token));
        return options.Value.WaitForSilo || starting.IsFaulted ? starting : Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await inner.StopAsync(cancellationToken);
    }
}
