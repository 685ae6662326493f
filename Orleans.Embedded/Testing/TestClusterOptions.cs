using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Orleans.TestingHost;

/// <summary>Configures each silo of a <see cref="TestCluster"/>. Made with its public parameterless constructor.</summary>
public interface ISiloConfigurator
{
    void Configure(ISiloBuilder siloBuilder);
}

/// <summary>Configures each silo's host.</summary>
public interface IHostConfigurator
{
    void Configure(IHostBuilder hostBuilder);
}

/// <summary>Configures the client, which here shares the silo's services.</summary>
public interface IClientBuilderConfigurator
{
    void Configure(IConfiguration configuration, IClientBuilder clientBuilder);
}

public class TestClusterOptions
{
    public string ClusterId { get; set; } = "";
    public string ServiceId { get; set; } = "";

    /// <summary>Silos that are started by the deployment. Default: 1.</summary>
    public short InitialSilosCount { get; set; } = 1;
    public bool InitializeClientOnDeploy { get; set; } = true;
    public List<string> SiloBuilderConfiguratorTypes { get; } = [];
    public List<string> ClientBuilderConfiguratorTypes { get; } = [];
}

public sealed class InProcessTestClusterOptions
{
    public string ClusterId { get; set; } = "";
    public string ServiceId { get; set; } = "";

    /// <summary>Silos that are started by the deployment. Default: 1.</summary>
    public short InitialSilosCount { get; set; } = 1;
    public bool InitializeClientOnDeploy { get; set; } = true;
    public List<Action<InProcessTestSiloSpecificOptions, IHostApplicationBuilder>> SiloHostConfigurationDelegates { get; } = [];
    public List<Action<IHostApplicationBuilder>> ClientHostConfigurationDelegates { get; } = [];
}

public sealed class InProcessTestSiloSpecificOptions
{
    public int SiloPort { get; set; }
    public int GatewayPort { get; set; }
    public string SiloName { get; set; } = "";
}
