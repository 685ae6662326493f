using Orleans.Serialization.Invocation;

namespace Orleans.Runtime
{
    /// <summary>The runtime's side of an activation. Safe to use from any thread.</summary>
    public interface IGrainContext : ITargetHolder, IEquatable<IGrainContext>
    {
        GrainReference GrainReference { get; }
        GrainId GrainId { get; }
        object? GrainInstance { get; }
        ActivationId ActivationId { get; }
        GrainAddress Address { get; }
        IServiceProvider ActivationServices { get; }
        IGrainLifecycle ObservableLifecycle { get; }
        IWorkItemScheduler Scheduler { get; }

        /// <summary>Completes when this activation has ended.</summary>
        Task Deactivated { get; }

        void SetComponent<TComponent>(TComponent? value) where TComponent : class;
        void ReceiveMessage(object message);
        void Activate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default);

        /// <summary>Starts deactivation once the running calls have ended. Idempotent: the first reason stands.</summary>
        void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
    }

    /// <summary>Gives the context of the activation whose turn this thread runs, or null outside of any.</summary>
    public interface IGrainContextAccessor
    {
        IGrainContext GrainContext { get; }
    }

    /// <summary>Queues work into an activation's turns.</summary>
    public interface IWorkItemScheduler
    {
        void QueueAction(Action action);
        void QueueAction(Action<object> action, object state);
        void QueueTask(Task task);
    }

    public static class GrainContextExtensions
    {
        public static Task DeactivateAsync(this IGrainContext grainContext, DeactivationReason deactivationReason,
            CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(grainContext);
            grainContext.Deactivate(deactivationReason, cancellationToken);
            return grainContext.Deactivated;
        }
    }
}

namespace Orleans.Serialization.Invocation
{
    public interface ITargetHolder
    {
        object? GetTarget();
        object? GetComponent(Type componentType);
    }
}
