using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Metadata;

namespace Orleans.Runtime;

/// <summary>
/// The grain classes of the application: those of every assembly that refers to this one and is loaded, or referred to from the entry
/// assembly. Found at the first use. Safe from any thread.
/// </summary>
internal sealed class GrainClasses(SiloRuntime runtime)
{
    private readonly Lazy<Dictionary<GrainType, Type>> _all = new(
        () => Index(ApplicationParts.Find().SelectMany(TypesOf), runtime.Services), LazyThreadSafetyMode.ExecutionAndPublication);
    private readonly ConcurrentDictionary<GrainType, GrainClass> _classes = new();
    private readonly ConcurrentDictionary<(Type, string?), GrainType> _byInterface = new();

    /// <summary>Every grain class by its grain type.</summary>
    public IEnumerable<KeyValuePair<GrainType, Type>> All => _all.Value;

    public bool TryGet(GrainType grainType, out GrainClass grainClass)
    {
        if (_classes.TryGetValue(grainType, out grainClass!)) return true;
        if (!_all.Value.TryGetValue(grainType, out var type)) return false;
        grainClass = _classes.GetOrAdd(grainType,
            static (_, state) => new GrainClass(state.type, state.runtime.Collection, state.runtime.Services), (type, runtime));
        return true;
    }

    /// <summary>The grain type that serves an interface.</summary>
    /// <exception cref="ArgumentException">None does, or several do and nothing says which.</exception>
    public GrainType ForInterface(Type interfaceType, string? classNamePrefix) =>
        _byInterface.TryGetValue((interfaceType, classNamePrefix), out var found) ? found
            : _byInterface.GetOrAdd((interfaceType, classNamePrefix), key => Resolve(key.Item1, key.Item2));

    private GrainType Resolve(Type interfaceType, string? prefix)
    {
        if (interfaceType.GetCustomAttribute<DefaultGrainTypeAttribute>() is { } named && prefix is null) return named.GrainType;
        var candidates = _all.Value.Where(pair => interfaceType.IsAssignableFrom(pair.Value)).ToArray();
        if (prefix is not null)
        {
            candidates = [.. candidates.Where(pair => pair.Value.FullName!.StartsWith(prefix, StringComparison.Ordinal)
                || pair.Value.Name.StartsWith(prefix, StringComparison.Ordinal))];
        }
        if (candidates.Length == 0) throw new ArgumentException($"Could not find an implementation for interface {interfaceType}.");
        if (candidates.Length == 1) return candidates[0].Key;
        // IFoo is served by Foo if that is one of them.
        var conventional = Array.FindAll(candidates, pair => "I" + pair.Value.Name == interfaceType.Name);
        if (conventional.Length == 1) return conventional[0].Key;
        throw new ArgumentException($"Several classes implement {interfaceType}: "
            + $"{string.Join(", ", candidates.Select(pair => pair.Value.FullName))}. Name one by a class name prefix or [DefaultGrainType].");
    }

    /// <summary>The grain classes among some types, by the name of each.</summary>
    /// <exception cref="OrleansConfigurationException">Two have the same.</exception>
    internal static Dictionary<GrainType, Type> Index(IEnumerable<Type> types, IServiceProvider services)
    {
        var classes = new Dictionary<GrainType, Type>();
        foreach (var type in types)
        {
            if (!type.IsClass || type.IsAbstract || type.ContainsGenericParameters) continue;
            if (!typeof(IGrain).IsAssignableFrom(type) || typeof(GrainReference).IsAssignableFrom(type)) continue;
            if (!typeof(IGrainBase).IsAssignableFrom(type) && !typeof(Grain).IsAssignableFrom(type)) continue;
            var name = GrainClass.NameOf(type, services);
            if (classes.TryAdd(name, type)) continue;
            throw new OrleansConfigurationException(
                $"{type} and {classes[name]} both have the grain type '{name}': give one of them another by [GrainType].");
        }
        return classes;
    }

    internal static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException partly)
        {
            // A type whose own references are missing cannot be a grain that is used here.
            return partly.Types.OfType<Type>();
        }
    }
}

/// <summary>The assemblies that refer to this one.</summary>
internal static class ApplicationParts
{
    private static readonly string Own = typeof(ApplicationParts).Assembly.GetName().Name!;

    public static IReadOnlyCollection<Assembly> Find()
    {
        var parts = new HashSet<Assembly> { typeof(ApplicationParts).Assembly };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic));
        if (Assembly.GetEntryAssembly() is { } entry) open.Enqueue(entry);
        while (open.TryDequeue(out var assembly))
        {
            if (!seen.Add(assembly.FullName ?? "") || IsFramework(assembly.GetName().Name)) continue;
            foreach (var reference in assembly.GetReferencedAssemblies())
            {
                if (reference.Name == Own) parts.Add(assembly);
                else if (!IsFramework(reference.Name) && !seen.Contains(reference.FullName) && TryLoad(reference) is { } loaded)
                    open.Enqueue(loaded);
            }
        }
        return parts;
    }

    private static bool IsFramework(string? name) => name is null or "netstandard" or "mscorlib" or "WindowsBase"
        || name.StartsWith("System", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception error) when (error is IOException or BadImageFormatException)
        {
            // An optional reference that was not deployed.
            return null;
        }
    }
}
