using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>
/// One call on its way through its filters. Each call of <see cref="Invoke"/> runs the next stage and steps back when that has
/// ended, so a filter may go on more than once. Used by one filter at a time.
/// </summary>
internal abstract class GrainCallContext(Call call, GrainId targetId) : IGrainCallContext
{
    private int _stage;

    public abstract object Grain { get; }
    public abstract GrainId? SourceId { get; }
    public GrainId TargetId => targetId;
    public IInvokable Request => field ??= new CallRequest(call, Target, InvokeMethod);
    public string InterfaceName => Request.GetInterfaceName();
    public GrainInterfaceType InterfaceType => GrainInterfaceType.Create(InterfaceName);
    public string MethodName => call.Info.Method;
    public MethodInfo InterfaceMethod => call.Info.Declaration!;
    public Response? Response { get; set; }

    public object? Result
    {
        get => Response is { Exception: null } response ? response.Result : null;
        set => Response = Response.FromResult(value);
    }

    protected virtual object? Target => null;
    protected abstract int Stages { get; }

    public async Task Invoke()
    {
        var stage = _stage++;
        try
        {
            if (stage < Stages)
            {
                var filter = await RunFilter(stage);
                if (Response is null) throw new InvalidOperationException(
                    $"{filter.GetType()} neither invoked the call {call.Info} nor gave it a result.");
            }
            else if (stage == Stages)
            {
                Response = null;
                Response = await InvokeMethod();
            }
            else
            {
                throw new InvalidOperationException($"{call.Info} is running already: await each Invoke before the next.");
            }
        }
        finally
        {
            _stage--;
        }
    }

    /// <summary>Runs all filters and the method, and gives the answer they agreed on.</summary>
    public async Task<TResult> Run<TResult>()
    {
        await Invoke();
        if (typeof(TResult) != typeof(Nothing) || Response!.Exception is not null) return Response!.GetResult<TResult>();
        return default!; // a method without a result: whatever a filter said it is
    }

    /// <summary>Runs a filter and gives it back, for messages.</summary>
    protected abstract Task<object> RunFilter(int stage);

    /// <summary>Past the filters. Throws what the method throws.</summary>
    protected abstract Task<Response> InvokeMethod();
}

/// <summary>A call at its grain, in the grain's turn.</summary>
internal sealed class IncomingCallContext(Call call, Activation activation, object target, GrainId? source, Func<object, Task<Response>> invoke)
    : GrainCallContext(call, activation.GrainId), IIncomingGrainCallContext
{
    private static readonly ConcurrentDictionary<(Type, MethodInfo), MethodInfo> Implementations = new();

    private readonly IIncomingGrainCallFilter[] _filters = activation.Runtime.Filters.Incoming ?? [];
    private readonly IIncomingGrainCallFilter? _own = activation.GrainInstance as IIncomingGrainCallFilter;

    public override object Grain => activation.GrainInstance!;
    public override GrainId? SourceId => source;
    public IGrainContext TargetContext => activation;
    public MethodInfo ImplementationMethod => Implementations.GetOrAdd((target.GetType(), InterfaceMethod), static key =>
    {
        var map = key.Item1.GetInterfaceMap(key.Item2.DeclaringType!);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, key.Item2)];
    });

    protected override object Target => target;
    protected override int Stages => _filters.Length + (_own is null ? 0 : 1);

    protected override async Task<object> RunFilter(int stage)
    {
        var filter = stage < _filters.Length ? _filters[stage] : _own!;
        await filter.Invoke(this);
        return filter;
    }

    protected override Task<Response> InvokeMethod() => invoke(target);
}

/// <summary>A call at its caller.</summary>
internal sealed class OutgoingCallContext(Call call, GrainReference target, IOutgoingGrainCallFilter[] filters, Func<Task<Response>> send)
    : GrainCallContext(call, target.GrainId), IOutgoingGrainCallContext
{
    private readonly Activation? _source = Activation.Current;

    public override object Grain => target;
    public override GrainId? SourceId => _source?.GrainId;
    public IGrainContext? SourceContext => _source;
    protected override int Stages => filters.Length;

    protected override async Task<object> RunFilter(int stage)
    {
        await filters[stage].Invoke(this);
        return filters[stage];
    }

    protected override Task<Response> InvokeMethod() => send();
}
