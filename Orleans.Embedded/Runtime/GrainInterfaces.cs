using System.Reflection;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.CodeGeneration;

/// <summary>What may be called: the rules for grain and observer interfaces.</summary>
internal static class GrainInterfaces
{
    public static bool IsGrainInterface(Type type) => type.IsInterface && typeof(IGrain).IsAssignableFrom(type) && !IsMarker(type);

    /// <summary>The methods of an interface and of those it extends, each once.</summary>
    public static IReadOnlyList<MethodInfo> MethodsOf(Type interfaceType)
    {
        var methods = new List<MethodInfo>();
        foreach (var type in interfaceType.GetInterfaces().Prepend(interfaceType))
        {
            if (IsMarker(type)) continue;
            foreach (var method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            {
                if (!method.IsAbstract && !method.IsVirtual) continue;
                if (Problem(method) is { } problem)
                    throw new NotSupportedException($"{type.FullName}.{method.Name} cannot be called by reference: {problem}.");
                methods.Add(method);
            }
        }
        return methods;
    }

    public static CallInfo InfoOf(MethodInfo method)
    {
        var timeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()
            ?? method.DeclaringType!.GetCustomAttribute<ResponseTimeoutAttribute>();
        return new CallInfo
        {
            Interface = method.DeclaringType!,
            Method = method.Name,
            Declaration = method,
            IsExtension = typeof(IGrainExtension).IsAssignableFrom(method.DeclaringType),
            AlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute), true),
            ReadOnly = method.IsDefined(typeof(ReadOnlyAttribute), true),
            OneWay = method.ReturnType == typeof(void) || (method.IsDefined(typeof(OneWayAttribute), true) && !HasResult(method)),
            Timeout = timeout?.Timeout,
        };
    }

    private static bool HasResult(MethodInfo method) => method.ReturnType.IsGenericType;

    private static string? Problem(MethodInfo method)
    {
        if (method.IsSpecialName) return "it belongs to a property or an event";
        if (method.IsGenericMethod) return "it is generic";
        if (method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef)) return "it has a ref or out parameter";
        var type = method.ReturnType;
        if (type == typeof(Task) || type == typeof(ValueTask) || type == typeof(void)) return null;
        if (type.IsGenericType)
        {
            var definition = type.GetGenericTypeDefinition();
            if (definition == typeof(Task<>) || definition == typeof(ValueTask<>) || definition == typeof(IAsyncEnumerable<>)) return null;
        }
        return $"it returns {type}, not a Task, ValueTask or IAsyncEnumerable";
    }

    private static bool IsMarker(Type type) => type == typeof(IGrain) || type == typeof(IAddressable) || type == typeof(IGrainObserver)
        || type == typeof(IGrainExtension) || type == typeof(IGrainWithStringKey) || type == typeof(IGrainWithGuidKey)
        || type == typeof(IGrainWithIntegerKey) || type == typeof(IGrainWithGuidCompoundKey)
        || type == typeof(IGrainWithIntegerCompoundKey);
}
