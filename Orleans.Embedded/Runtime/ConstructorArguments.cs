using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>Where each constructor argument of a grain class comes from: the activation, a facet attribute, or the host's services.</summary>
internal static class ConstructorArguments
{
    private static readonly MethodInfo CreateState = typeof(ConstructorArguments)
        .GetMethod(nameof(CreatePersistentState), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static Func<Activation, object?> For(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } state) return ForState(parameter, state);
        if (type == typeof(IGrainContext)) return static activation => activation;
        if (type == typeof(IServiceProvider)) return static activation => activation.ActivationServices;
        if (type == typeof(IGrainFactory)) return static activation => activation.Runtime.GrainFactory;
        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
        {
            return parameter.HasDefaultValue
                ? activation => (activation.ActivationServices as IKeyedServiceProvider)?.GetKeyedService(type, keyed.Key)
                    ?? parameter.DefaultValue
                : activation => activation.ActivationServices.GetRequiredKeyedService(type, keyed.Key);
        }
        return parameter.HasDefaultValue
            ? activation => activation.ActivationServices.GetService(type) ?? parameter.DefaultValue
            : activation => activation.ActivationServices.GetRequiredService(type);
    }

    private static Func<Activation, object?> ForState(ParameterInfo parameter, PersistentStateAttribute state)
    {
        if (!parameter.ParameterType.IsGenericType || parameter.ParameterType.GetGenericTypeDefinition() != typeof(IPersistentState<>))
            throw new OrleansConfigurationException(
                $"[PersistentState] stands on {parameter.Member.DeclaringType}'s '{parameter.Name}', which is not an IPersistentState<T>.");
        var create = CreateState.MakeGenericMethod(parameter.ParameterType.GenericTypeArguments)
            .CreateDelegate<Func<Activation, string, string?, object>>();
        var name = string.IsNullOrEmpty(state.StateName) ? parameter.Name! : state.StateName;
        return activation => create(activation, name, state.StorageName);
    }

    private static PersistentState<TState> CreatePersistentState<TState>(Activation activation, string name, string? provider) =>
        PersistentState<TState>.Create(activation, name, provider);
}
