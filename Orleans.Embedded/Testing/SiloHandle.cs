using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>A silo of a test cluster.</summary>
public abstract class SiloHandle : IDisposable, IAsyncDisposable
{
    public TestClusterOptions ClusterOptions { get; set; } = null!;
    public string Name { get; set; } = "";
    public short InstanceNumber { get; set; }
    public abstract bool IsActive { get; }
    public SiloAddress SiloAddress { get; set; } = null!;
    public SiloAddress GatewayAddress { get; set; } = null!;

    /// <summary>Stops the silo: gracefully, or as a crash would.</summary>
    public abstract Task StopSiloAsync(bool stopGracefully);

    /// <summary>Stops gracefully until the token is cancelled, then as a crash would.</summary>
    public abstract Task StopSiloAsync(CancellationToken ct);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    public abstract ValueTask DisposeAsync();

    protected virtual void Dispose(bool disposing)
    {
    }

    public override string ToString() => $"{Name} {SiloAddress}";
}

/// <summary>A silo in this process.</summary>
public class InProcessSiloHandle : SiloHandle
{
    private bool _stopped;

    public IHost SiloHost { get; init; } = null!;
    public IServiceProvider ServiceProvider => SiloHost.Services;
    public override bool IsActive => !_stopped;

    public override async Task StopSiloAsync(bool stopGracefully)
    {
        if (_stopped) return;
        _stopped = true;
        if (!stopGracefully) SiloHost.Services.GetRequiredService<SiloRuntime>().Kill();
        await SiloHost.StopAsync();
        await DisposeHost();
    }

    public override async Task StopSiloAsync(CancellationToken ct)
    {
        if (_stopped) return;
        _stopped = true;
        await SiloHost.StopAsync(ct);
        await DisposeHost();
    }

    public override async ValueTask DisposeAsync()
    {
        await StopSiloAsync(stopGracefully: true);
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_stopped) StopSiloAsync(stopGracefully: true).GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    internal static async Task<InProcessSiloHandle> StartAsync(IHost host, string name, short number)
    {
        await host.StartAsync();
        var silo = host.Services.GetRequiredService<ILocalSiloDetails>();
        return new InProcessSiloHandle
        {
            SiloHost = host,
            Name = name,
            InstanceNumber = number,
            SiloAddress = silo.SiloAddress,
            GatewayAddress = silo.GatewayAddress,
        };
    }

    private async Task DisposeHost()
    {
        if (SiloHost is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
        else SiloHost.Dispose();
    }
}
