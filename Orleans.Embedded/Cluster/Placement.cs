using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;

namespace Orleans.Runtime;

/// <summary>Chooses silos for new activations, by the director of each class's strategy. Safe from any thread.</summary>
internal sealed class SiloPlacement(SiloRuntime silo) : IPlacementContext
{
    private readonly PlacementStrategy _default = silo.Services.GetService<PlacementStrategy>() ?? RandomPlacement.Singleton;

    public SiloAddress LocalSilo => silo.Silo.SiloAddress;
    public SiloStatus LocalSiloStatus => silo.Membership.CurrentSnapshot.GetSiloStatus(LocalSilo);

    /// <exception cref="OrleansException">No silo is active.</exception>
    public async Task<SiloAddress> ChooseAsync(GrainClass grainClass, GrainReference target, Message message)
    {
        var strategy = grainClass.Strategy ?? _default;
        var director = grainClass.Director ?? BuiltIn(strategy);
        return await director.OnAddActivation(strategy, new PlacementTarget(target.GrainId, message.Context, target.InterfaceType, 0), this);
    }

    public SiloAddress[] GetCompatibleSilos(PlacementTarget target)
    {
        var active = silo.Membership.Active();
        if (active.Length > 0) return active;
        // The first silo of a cluster serves its own startup before it is active.
        return LocalSiloStatus == SiloStatus.Joining ? [LocalSilo]
            : throw new OrleansException($"No silo is active that could host {target.GrainIdentity}.");
    }

    public IReadOnlyDictionary<ushort, SiloAddress[]> GetCompatibleSilosWithVersions(PlacementTarget target) =>
        new Dictionary<ushort, SiloAddress[]> { [0] = GetCompatibleSilos(target) };

    private IPlacementDirector BuiltIn(PlacementStrategy strategy) => strategy switch
    {
        PreferLocalPlacement => new PreferLocalDirector(Random),
        HashBasedPlacement => new HashBasedDirector(),
        ActivationCountBasedPlacement => new ActivationCountDirector(Random, address => silo.Router?.Fabric.Find(address)?.Directory.Count ?? 0),
        RandomPlacement => new RandomDirector(Random),
        _ => throw new OrleansConfigurationException($"No placement director was added for {strategy.GetType()}."),
    };

    private Random Random => silo.Router?.Fabric.Random ?? Random.Shared;

    private sealed class RandomDirector(Random random) : IPlacementDirector
    {
        public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
        {
            var silos = context.GetCompatibleSilos(target);
            return Task.FromResult(IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) ?? silos[random.Next(silos.Length)]);
        }
    }

    private sealed class PreferLocalDirector(Random random) : IPlacementDirector
    {
        public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
        {
            var silos = context.GetCompatibleSilos(target);
            return Task.FromResult(IPlacementDirector.GetPlacementHint(target.RequestContextData, silos)
                ?? (Array.IndexOf(silos, context.LocalSilo) >= 0 ? context.LocalSilo : silos[random.Next(silos.Length)]));
        }
    }

    private sealed class HashBasedDirector : IPlacementDirector
    {
        public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
        {
            var silos = context.GetCompatibleSilos(target); // in the order of their addresses
            return Task.FromResult(IPlacementDirector.GetPlacementHint(target.RequestContextData, silos)
                ?? silos[(int)(target.GrainIdentity.GetUniformHashCode() % (uint)silos.Length)]);
        }
    }

    /// <summary>The less loaded of two that are drawn: nearly as even as the least loaded of all, and no herd runs to one silo.</summary>
    private sealed class ActivationCountDirector(Random random, Func<SiloAddress, int> countOf) : IPlacementDirector
    {
        public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
        {
            var silos = context.GetCompatibleSilos(target);
            if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint) return Task.FromResult(hint);
            var first = random.Next(silos.Length);
            var second = silos.Length == 1 ? first : (first + 1 + random.Next(silos.Length - 1)) % silos.Length;
            return Task.FromResult(countOf(silos[second]) < countOf(silos[first]) ? silos[second] : silos[first]);
        }
    }
}
