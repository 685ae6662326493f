using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans;

/// <summary>
/// Stands around calls at the grain, inside its turn. Silo-wide filters run in the order of their registration, then the grain's own
/// (the grain class implements this interface), then the method. A filter calls <see cref="IGrainCallContext.Invoke"/> to go on, as often
/// as it likes, or sets <see cref="IGrainCallContext.Result"/> in place of that; doing neither fails the call.
/// </summary>
public interface IIncomingGrainCallFilter
{
    Task Invoke(IIncomingGrainCallContext context);
}

/// <summary>Stands around calls at the caller, in the order of registration, before the call is queued at its grain.</summary>
public interface IOutgoingGrainCallFilter
{
    Task Invoke(IOutgoingGrainCallContext context);
}

/// <summary>One call on its way through the filters. Used by one filter at a time; not to be kept after the call.</summary>
public interface IGrainCallContext
{
    /// <summary>The interface, the method and the arguments, which a filter may change.</summary>
    IInvokable Request { get; }

    /// <summary>At the grain its instance, at the caller the reference.</summary>
    object Grain { get; }

    /// <summary>The calling grain; null when the caller is not one.</summary>
    GrainId? SourceId { get; }
    GrainId TargetId { get; }
    GrainInterfaceType InterfaceType { get; }
    string InterfaceName { get; }
    string MethodName { get; }
    MethodInfo InterfaceMethod { get; }

    /// <summary>What the method returned, null before and after a failure. Setting it replaces the answer, also a failed one.</summary>
    object? Result { get; set; }
    Response? Response { get; set; }

    /// <summary>The next filter, or the method. Throws what that throws.</summary>
    Task Invoke();
}

public interface IIncomingGrainCallContext : IGrainCallContext
{
    IGrainContext TargetContext { get; }

    /// <summary>The method of the grain class, or of the grain extension's class, that answers.</summary>
    MethodInfo ImplementationMethod { get; }
}

public interface IOutgoingGrainCallContext : IGrainCallContext
{
    /// <summary>The calling activation; null when the caller is not one.</summary>
    IGrainContext? SourceContext { get; }
}

public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);

public delegate Task OutgoingGrainCallFilterDelegate(IOutgoingGrainCallContext context);
