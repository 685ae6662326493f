using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Orleans.Streams;

namespace Orleans.Tests;

/// <summary>A grain that says where it lives.</summary>
public interface IPlaceGrain : IGrainWithStringKey
{
    /// <summary>The name of its silo.</summary>
    Task<string> Silo();

    /// <summary>Differs from activation to activation.</summary>
    Task<string> Activation();

    /// <summary>Where another grain lives, asked from here.</summary>
    Task<string> Ask(IPlaceGrain other);

    /// <summary>Waits for the probe's gate.</summary>
    Task Wait(string gate);

    Task Fail();

    /// <summary>Subscribes to a stream, and reports what comes and where.</summary>
    Task Listen(string stream);

    Task Publish(string stream, int item);
}

public interface IHereGrain : IPlaceGrain;

public interface IHashedGrain : IPlaceGrain;

public interface IEvenGrain : IPlaceGrain;

public interface IPinnedGrain : IPlaceGrain;

public interface ILocalWorkerGrain : IPlaceGrain;

public abstract class PlaceGrainBase(ILocalSiloDetails silo, Probe probe) : Grain
{
    public Task<string> Silo() => Task.FromResult(silo.Name);
    public Task<string> Activation() => Task.FromResult(GrainContext.ActivationId.ToString());

    public Task<string> Ask(IPlaceGrain other) => other.Silo();

    public Task Wait(string gate)
    {
        probe.Report($"waits in {silo.Name}");
        return probe.Gate(gate);
    }

    public Task Listen(string stream) => Stream(stream).SubscribeAsync(HeardAsync);
    public Task Publish(string stream, int item) => Stream(stream).OnNextAsync(item);

    private IAsyncStream<int> Stream(string name) => this.GetStreamProvider("live").GetStream<int>(StreamId.Create("cluster", name));

    private Task HeardAsync(int item, StreamSequenceToken? token)
    {
        probe.Report($"{this.GetPrimaryKeyString()} heard {item}");
        return Task.CompletedTask;
    }

    public Task Fail() => throw new FormatException($"thrown in {silo.Name}");
}

[GrainType("place-anywhere"), RandomPlacement]
public sealed class PlaceGrain(ILocalSiloDetails silo, Probe probe) : PlaceGrainBase(silo, probe), IPlaceGrain;

[GrainType("place-here"), PreferLocalPlacement]
public sealed class HereGrain(ILocalSiloDetails silo, Probe probe) : PlaceGrainBase(silo, probe), IHereGrain;

[GrainType("place-hashed"), HashBasedPlacement]
public sealed class HashedGrain(ILocalSiloDetails silo, Probe probe) : PlaceGrainBase(silo, probe), IHashedGrain;

[GrainType("place-even"), ActivationCountBasedPlacement]
public sealed class EvenGrain(ILocalSiloDetails silo, Probe probe) : PlaceGrainBase(silo, probe), IEvenGrain;

[GrainType("place-pinned"), Pinned]
public sealed class PinnedGrain(ILocalSiloDetails silo, Probe probe) : PlaceGrainBase(silo, probe), IPinnedGrain;

[GrainType("place-worker"), StatelessWorker(1)]
public sealed class LocalWorkerGrain(ILocalSiloDetails silo, Probe probe) : PlaceGrainBase(silo, probe), ILocalWorkerGrain;

/// <summary>Puts a grain on the silo of its key's name, by a director of the application.</summary>
public sealed class PinnedAttribute() : PlacementAttribute(new PinnedPlacement());

[GenerateSerializer, Immutable, Alias("orleans-tests.pinned")]
public sealed class PinnedPlacement : PlacementStrategy;

public sealed class PinnedDirector(IClusterMembershipService membership) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var name = target.GrainIdentity.Key.ToString();
        var member = membership.CurrentSnapshot.Members.Values.FirstOrDefault(m => m.Status == SiloStatus.Active && m.Name == name)
            ?? throw new SiloUnavailableException($"There is no silo '{name}'.");
        return Task.FromResult(member.SiloAddress);
    }
}
