using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Squad.Client;

namespace Squad.Api.Tests;

/// <summary>A client whose settings are wrong, or whose silo is not there, does not start, and says what and where.</summary>
public sealed class ClientTests
{
    [Fact]
    public async Task Wrong_settings_stop_the_start_each_with_its_key()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(client =>
            (client.Gateway, client.ResponseTimeout, client.MessageBytesMax) = ("tcp://not an address", TimeSpan.Zero, 1)));
        Assert.Contains("Squad:Client:Gateway is 'tcp://not an address'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Squad:Client:ResponseTimeout is 00:00:00; it must be positive.", error.Message, StringComparison.Ordinal);
        Assert.Contains("Squad:Client:MessageBytesMax is 1; it must be at least 65536.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_silo_it_does_not_start_and_says_where_it_looked()
    {
        var error = await Assert.ThrowsAsync<SiloUnavailableException>(() => StartAsync(client => client.Gateway = "/tmp/no such/silo.sock"));
        Assert.Contains("No silo listens at '/tmp/no such/silo.sock'", error.Message, StringComparison.Ordinal);
    }

    private static async Task StartAsync(Action<SquadClientOptions> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddSquadClient(configure);
        using var host = builder.Build();
        await host.StartAsync();
    }
}
