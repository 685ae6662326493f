using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>A call's method and arguments as filters see them. Valid as long as the call is.</summary>
internal sealed class CallRequest(Call call, object? target, Func<Task<Response>> invoke) : IInvokable
{
    private object? _target = target;

    public bool IsCancellable => call.Info.TokenArgument is not null;
    public object? GetTarget() => _target;
    public void SetTarget(ITargetHolder holder) => _target = holder.GetTarget();
    public int GetArgumentCount() => call.Info.Arguments.Length;
    public object? GetArgument(int index) => call.Info.Arguments[index].GetValue(call.ArgumentHolder);
    public string GetMethodName() => call.Info.Method;
    public string GetInterfaceName() => call.Info.Interface.FullName ?? call.Info.Interface.Name;
    public string GetActivityName() => $"{call.Info.Interface.Name}/{call.Info.Method}";
    public Type GetInterfaceType() => call.Info.Interface;
    public MethodInfo GetMethod() => call.Info.Declaration!;
    public TimeSpan? GetDefaultResponseTimeout() => call.Info.Timeout;
    public override string ToString() => call.Info.ToString();

    /// <exception cref="ArgumentException">The value is not of the parameter's type.</exception>
    public void SetArgument(int index, object value) => call.Info.Arguments[index].SetValue(call.ArgumentHolder, value);

    public CancellationToken GetCancellationToken() =>
        call.Info.TokenArgument is { } token ? (CancellationToken)token.GetValue(call.ArgumentHolder)! : CancellationToken.None;

    /// <summary>The callee's token follows the caller's; a filter has no other hold on it.</summary>
    public bool TryCancel() => false;

    public async ValueTask<Response> Invoke()
    {
        try
        {
            return await invoke();
        }
        catch (Exception error)
        {
            return Response.FromException(error);
        }
    }

    public void Dispose()
    {
    }
}
