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

    Task Set(int value);
    Task<int> Get();

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

public abstract class PlaceGrainBase(IPersistentState<Number> state, ILocalSiloDetails silo, Probe probe) : Grain
{
    public Task<string> Silo() => Task.FromResult(silo.Name);
    public Task<string> Activation() => Task.FromResult(GrainContext.ActivationId.ToString());

    public Task Set(int value)
    {
        state.State.Value = value;
        return state.WriteStateAsync();
    }

    public Task<int> Get() => Task.FromResult(state.State.Value);
    public Task<string> Ask(IPlaceGrain other) => other.Silo();

    public Task Wait(string gate)
    {
        probe.Report($"waits in {silo.Name}");
        return probe.Gate(gate);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!state.State.Listens) return;
        foreach (var handle in await Stream(state.State.Stream).GetAllSubscriptionHandles()) await handle.ResumeAsync(HeardAsync);
    }

    public async Task Listen(string stream)
    {
        state.State.Stream = stream;
        state.State.Listens = true;
        await state.WriteStateAsync();
        await Stream(stream).SubscribeAsync(HeardAsync);
    }

    public Task Publish(string stream, int item) => Stream(stream).OnNextAsync(item);

    private IAsyncStream<int> Stream(string name) => this.GetStreamProvider("live").GetStream<int>(StreamId.Create("cluster", name));

    private Task HeardAsync(int item, StreamSequenceToken? token)
    {
        probe.Report($"{this.GetPrimaryKeyString()} heard {item}");
        return Task.CompletedTask;
    }

    public Task Fail() => throw new FormatException($"thrown in {silo.Name}");
}

[GrainType("place-anywhere")]
public sealed class PlaceGrain([PersistentState("place")] IPersistentState<Number> state, ILocalSiloDetails silo, Probe probe)
    : PlaceGrainBase(state, silo, probe), IPlaceGrain;

[GrainType("place-here"), PreferLocalPlacement]
public sealed class HereGrain([PersistentState("place")] IPersistentState<Number> state, ILocalSiloDetails silo, Probe probe)
    : PlaceGrainBase(state, silo, probe), IHereGrain;

[GrainType("place-hashed"), HashBasedPlacement]
public sealed class HashedGrain([PersistentState("place")] IPersistentState<Number> state, ILocalSiloDetails silo, Probe probe)
    : PlaceGrainBase(state, silo, probe), IHashedGrain;

[GrainType("place-even"), ActivationCountBasedPlacement]
public sealed class EvenGrain([PersistentState("place")] IPersistentState<Number> state, ILocalSiloDetails silo, Probe probe)
    : PlaceGrainBase(state, silo, probe), IEvenGrain;

[GrainType("place-pinned"), Pinned]
public sealed class PinnedGrain([PersistentState("place")] IPersistentState<Number> state, ILocalSiloDetails silo, Probe probe)
    : PlaceGrainBase(state, silo, probe), IPinnedGrain;

[GrainType("place-worker"), StatelessWorker(1)]
public sealed class LocalWorkerGrain([PersistentState("place")] IPersistentState<Number> state, ILocalSiloDetails silo, Probe probe)
    : PlaceGrainBase(state, silo, probe), ILocalWorkerGrain;

[GenerateSerializer, Alias("orleans-tests.number")]
public sealed class Number
{
    [Id(0)]
    public int Value { get; set; }

    [Id(1)]
    public bool Listens { get; set; }

    [Id(2)]
    public string Stream { get; set; } = "";
}

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
