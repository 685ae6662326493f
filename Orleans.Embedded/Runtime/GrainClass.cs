using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.CodeGeneration;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Orleans.Runtime;

/// <summary>What the runtime knows of one grain class. Immutable, shared by its activations.</summary>
internal sealed class GrainClass
{
    private readonly ConstructorInvoker _constructor;
    private readonly Func<Activation, object?>[] _arguments;

    public GrainClass(Type type, GrainCollectionOptions collection, IServiceProvider services)
    {
        Type = type;
        GrainType = NameOf(type, services);
        Reentrant = type.IsDefined(typeof(ReentrantAttribute), true);
        if (type.GetCustomAttribute<StatelessWorkerAttribute>(true) is { } worker)
            MaxWorkers = worker.MaxWorkers > 0 ? worker.MaxWorkers : Environment.ProcessorCount;
        Strategy = type.GetCustomAttribute<PlacementAttribute>(true)?.PlacementStrategy;
        if (Strategy is not null) Director = services.GetKeyedService<IPlacementDirector>(Strategy.GetType());
        CollectionAge = AgeOf(type, collection);
        IsFilter = typeof(IIncomingGrainCallFilter).IsAssignableFrom(type);
        OverridesActivate = Overrides(type, nameof(IGrainBase.OnActivateAsync));
        OverridesDeactivate = Overrides(type, nameof(IGrainBase.OnDeactivateAsync));
        ReferenceInterface = type.GetInterfaces().FirstOrDefault(GrainInterfaces.IsGrainInterface) ?? typeof(IGrain);
        var constructor = ChooseConstructor(type);
        _constructor = ConstructorInvoker.Create(constructor);
        _arguments = Array.ConvertAll(constructor.GetParameters(), ConstructorArguments.For);
    }

    public Type Type { get; }
    public GrainType GrainType { get; }
    public bool Reentrant { get; }

    /// <summary>Its grains filter their own calls.</summary>
    public bool IsFilter { get; }

    /// <summary>0 for classes that are not stateless workers.</summary>
    public int MaxWorkers { get; }

    /// <summary>Where its activations are put; null: as the host prefers.</summary>
    public PlacementStrategy? Strategy { get; }

    /// <summary>The director that the application has added for the strategy, or null.</summary>
    public IPlacementDirector? Director { get; }

    /// <summary>Null: never collected for being idle.</summary>
    public TimeSpan? CollectionAge { get; }
    public bool OverridesActivate { get; }
    public bool OverridesDeactivate { get; }
    public Type ReferenceInterface { get; }

    /// <summary>Makes the instance, in a turn of its activation: constructors of Grain find their context there.</summary>
    public object CreateInstance(Activation activation)
    {
        if (_arguments.Length == 0) return _constructor.Invoke();
        var values = new object?[_arguments.Length];
        for (var i = 0; i < values.Length; i++) values[i] = _arguments[i](activation);
        return _constructor.Invoke(values.AsSpan());
    }

    public static GrainType NameOf(Type type, IServiceProvider services)
    {
        if (type.GetCustomAttribute<GrainTypeAttribute>() is { } named) return named.GetGrainType(services, type);
        var name = type.Name;
        var arity = name.IndexOf('`', StringComparison.Ordinal);
        if (arity > 0) name = name[..arity];
        if (name.EndsWith("Grain", StringComparison.Ordinal) && name.Length > 5) name = name[..^5];
#pragma warning disable CA1308 // Lower case is the published form of the name.
        return GrainType.Create(name.ToLowerInvariant());
#pragma warning restore CA1308
    }

    private static TimeSpan? AgeOf(Type type, GrainCollectionOptions collection)
    {
        var age = collection.ClassSpecificCollectionAge.TryGetValue(type.FullName ?? "", out var configured) ? configured
            : type.GetCustomAttribute<CollectionAgeLimitAttribute>(true)?.AgeLimit ?? collection.CollectionAge;
        return age == Timeout.InfiniteTimeSpan ? null : age;
    }

    private static bool Overrides(Type type, string method)
    {
        if (!typeof(IGrainBase).IsAssignableFrom(type)) return false;
        var declared = type.GetInterfaceMap(typeof(IGrainBase));
        var index = Array.FindIndex(declared.InterfaceMethods, candidate => candidate.Name == method);
        var target = declared.TargetMethods[index];
        // The map names the virtual method of the base class; what counts is who overrode it last.
        var actual = type.GetMethod(target.Name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic,
            [.. target.GetParameters().Select(parameter => parameter.ParameterType)]) ?? target;
        return actual.DeclaringType != typeof(Grain) && actual.DeclaringType != typeof(IGrainBase);
    }

    private static ConstructorInfo ChooseConstructor(Type type)
    {
        var constructors = type.GetConstructors();
        return Array.Find(constructors, c => c.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute), false))
            ?? constructors.OrderByDescending(c => c.GetParameters().Length).FirstOrDefault()
            ?? throw new OrleansConfigurationException($"{type} has no public constructor.");
    }
}
