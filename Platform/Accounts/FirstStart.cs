using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Squad.Platform.Accounts;

/// <summary>Where the setup link is printed: the console, and not the log, which others may read.</summary>
public sealed record SetupConsole(TextWriter Writer);

/// <summary>
/// Once everything has started (storage, grains, the port): makes the first user from <see cref="AuthOptions.AdminPassword"/>, or prints a new setup link
/// as long as nobody can sign in. Where the silo is another process and away, it goes on trying beside the server.
/// </summary>
internal sealed class FirstStart(
    AdminSetup setup, IOptions<AuthOptions> options, SetupConsole console, IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<FirstStart> log)
    : IHostedLifecycleService
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(1);

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PrepareAsync(cancellationToken);
        }
        catch (SiloUnavailableException)
        {
            log.SetupWaits();
            _ = RetryAsync();
        }
    }

    private async Task RetryAsync()
    {
        var done = false;
        while (!done && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await Task.Delay(RetryEvery, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await PrepareAsync(lifetime.ApplicationStopping);
                done = true;
            }
            catch (Exception e) when (e is SiloUnavailableException or OperationCanceledException)
            {
                // Still away, or the server stops.
            }
            catch (Exception e)
            {
                log.SetupFailed(e);
            }
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (!await setup.IsRequiredAsync(cancellationToken))
            return;
        if (options.Value.AdminPassword is { Length: > 0 } password)
        {
            var applied = await setup.ApplyAsync(password, cancellationToken);
            if (!applied.IsOk)
                throw new InvalidOperationException($"The user '{AdminSetup.Username}' could not be created: {applied.Error.Message}");
            return;
        }
        var token = await setup.NewTokenAsync(cancellationToken);
        await console.Writer.WriteLineAsync($"""

              Nobody can sign in yet. Set the password of '{AdminSetup.Username}' here (the link works once):

                {PublicUrl()}/setup?token={token}

            """.AsMemory(), cancellationToken);
        await console.Writer.FlushAsync(cancellationToken);
        log.SetupLinkPrinted();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private string PublicUrl()
    {
        var address = options.Value.PublicUrl ?? services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        // http://+:5080, http://0.0.0.0:5080 and http://[::]:5080 are no address that a browser can open.
        return (address ?? "http://localhost:5080").TrimEnd('/')
            .Replace("//+", "//localhost", StringComparison.Ordinal)
            .Replace("//*", "//localhost", StringComparison.Ordinal)
            .Replace("//0.0.0.0", "//localhost", StringComparison.Ordinal)
            .Replace("//[::]", "//localhost", StringComparison.Ordinal);
    }
}
