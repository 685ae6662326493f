using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>Configures a silo in a host.</summary>
public interface ISiloBuilder
{
    IServiceCollection Services { get; }
    IConfiguration Configuration { get; }
}

/// <summary>Configures a client: of the silos in its process, or of the silo behind a gateway.</summary>
public interface IClientBuilder
{
    IServiceCollection Services { get; }
    IConfiguration Configuration { get; }
}

/// <summary>Configures a named service, such as a stream provider.</summary>
public interface INamedServiceConfigurator
{
    string Name { get; }
    Action<Action<IServiceCollection>> ConfigureDelegate { get; }
}

public interface IPersistentStreamConfigurator : INamedServiceConfigurator;

public interface ISiloPersistentStreamConfigurator : IPersistentStreamConfigurator;

public interface ISiloRecoverableStreamConfigurator : ISiloPersistentStreamConfigurator;

public interface IMemoryStreamConfigurator : INamedServiceConfigurator;

public interface ISiloMemoryStreamConfigurator : ISiloRecoverableStreamConfigurator, IMemoryStreamConfigurator;

public interface IClusterClientPersistentStreamConfigurator : IPersistentStreamConfigurator;

public interface IClusterClientMemoryStreamConfigurator : IClusterClientPersistentStreamConfigurator, IMemoryStreamConfigurator;
