using System.Reflection;

namespace Orleans.Serialization.Invocation;

/// <summary>A method of a grain interface and the arguments of one call of it.</summary>
public interface IInvokable : IDisposable
{
    bool IsCancellable => false;

    /// <summary>The object that is called; null at the caller.</summary>
    object? GetTarget();
    void SetTarget(ITargetHolder holder);

    /// <summary>Calls the method, past all filters.</summary>
    ValueTask<Response> Invoke();
    int GetArgumentCount();
    object? GetArgument(int index);
    void SetArgument(int index, object value);
    string GetMethodName();
    string GetInterfaceName();

    /// <summary>Interface and method, as traces name the call.</summary>
    string GetActivityName();
    Type GetInterfaceType();
    MethodInfo GetMethod();

    /// <summary>From the method's ResponseTimeout attribute, or null.</summary>
    TimeSpan? GetDefaultResponseTimeout() => null;
    CancellationToken GetCancellationToken() => default;
    bool TryCancel() => false;
}
