using Microsoft.Extensions.Hosting;
using Orleans.Gateway;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>Connects a client when its host starts, as often as its retry filter wishes, and closes the connection when it stops.</summary>
internal sealed class GatewayClientService(SiloRuntime runtime, GatewayClient client, IClientConnectionRetryFilter? retry = null) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        runtime.Outside = client;
        runtime.Start();
        while (true)
        {
            try
            {
                await client.StartAsync(cancellationToken);
                return;
            }
            catch (SiloUnavailableException away)
            {
                if (retry is null || !await retry.ShouldRetryConnectionAttempt(away, cancellationToken)) throw;
            }
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await client.StopAsync();
        runtime.Kill();
    }
}
