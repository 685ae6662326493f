using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Orleans.Runtime.Placement
{
    /// <summary>What is to be placed, and for which call.</summary>
    public readonly struct PlacementTarget
    {
        public PlacementTarget(GrainId grainIdentity, Dictionary<string, object>? requestContextData,
            GrainInterfaceType interfaceType, ushort interfaceVersion)
        {
            GrainIdentity = grainIdentity;
            RequestContextData = requestContextData;
            InterfaceType = interfaceType;
            InterfaceVersion = interfaceVersion;
        }

        public GrainId GrainIdentity { get; }
        public GrainInterfaceType InterfaceType { get; }
        public ushort InterfaceVersion { get; }

        /// <summary>The caller's request context, or null. Not to be changed.</summary>
        public Dictionary<string, object>? RequestContextData { get; }
    }

    /// <summary>What a director may ask.</summary>
    public interface IPlacementContext
    {
        SiloAddress LocalSilo { get; }
        SiloStatus LocalSiloStatus { get; }

        /// <summary>The silos that may host the target now: those that are Active.</summary>
        /// <exception cref="OrleansException">There is none.</exception>
        SiloAddress[] GetCompatibleSilos(PlacementTarget target);

        IReadOnlyDictionary<ushort, SiloAddress[]> GetCompatibleSilosWithVersions(PlacementTarget target);
    }

    /// <summary>
    /// Chooses the silo for a new activation of classes with its strategy. Called on the caller's silo, possibly several times at once;
    /// what it throws, the caller gets.
    /// </summary>
    public interface IPlacementDirector
    {
        /// <summary>The key of a request context's value that names the silo wanted by the caller, where the director honours it.</summary>
        const string PlacementHintKey = nameof(PlacementHintKey);

        Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context);

        /// <summary>The silo that the caller's request context asks for, if it is among the compatible ones.</summary>
        static SiloAddress? GetPlacementHint(Dictionary<string, object>? requestContextData, SiloAddress[] compatibleSilos) =>
            requestContextData is not null && requestContextData.TryGetValue(PlacementHintKey, out var hint)
            && hint is SiloAddress silo && Array.IndexOf(compatibleSilos, silo) >= 0 ? silo : null;
    }
}

namespace Orleans.Hosting
{
    public static class PlacementStrategyExtensions
    {
        public static ISiloBuilder AddPlacementDirector<TStrategy>(this ISiloBuilder builder,
            Func<IServiceProvider, IPlacementDirector> createDirector) where TStrategy : PlacementStrategy, new()
        {
            builder.Services.AddPlacementDirector<TStrategy>(createDirector);
            return builder;
        }

        public static ISiloBuilder AddPlacementDirector<TStrategy, TDirector>(this ISiloBuilder builder)
            where TStrategy : PlacementStrategy, new() where TDirector : class, IPlacementDirector
        {
            builder.Services.AddPlacementDirector<TStrategy, TDirector>();
            return builder;
        }

        public static void AddPlacementDirector<TStrategy, TDirector>(this IServiceCollection services)
            where TStrategy : PlacementStrategy, new() where TDirector : class, IPlacementDirector =>
            services.AddPlacementDirector<TStrategy, TDirector>(ServiceLifetime.Singleton);

        public static void AddPlacementDirector<TStrategy, TDirector>(this IServiceCollection services, ServiceLifetime strategyLifetime)
            where TStrategy : PlacementStrategy, new() where TDirector : class, IPlacementDirector =>
            services.AddPlacementDirector<TStrategy>(
                static provider => ActivatorUtilities.GetServiceOrCreateInstance<TDirector>(provider), strategyLifetime);

        public static void AddPlacementDirector<TStrategy>(this IServiceCollection services,
            Func<IServiceProvider, IPlacementDirector> createDirector) where TStrategy : PlacementStrategy, new() =>
            services.AddPlacementDirector<TStrategy>(createDirector, ServiceLifetime.Singleton);

        /// <summary>Adds the director of classes that carry the strategy. The last one added for a strategy counts.</summary>
        public static void AddPlacementDirector<TStrategy>(this IServiceCollection services,
            Func<IServiceProvider, IPlacementDirector> createDirector, ServiceLifetime strategyLifetime)
            where TStrategy : PlacementStrategy, new()
        {
            ArgumentNullException.ThrowIfNull(services);
            ArgumentNullException.ThrowIfNull(createDirector);
            services.AddKeyedSingleton<IPlacementDirector>(typeof(TStrategy), (provider, _) => createDirector(provider));
        }
    }
}
