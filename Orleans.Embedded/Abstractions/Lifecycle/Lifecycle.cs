namespace Orleans
{
    /// <summary>Something whose start and stop run in stages.</summary>
    public interface ILifecycleObservable
    {
        /// <summary>
        /// Takes part in a stage. On start the stages run in ascending order, on stop those that were reached run in descending
        /// order; observers of one stage run together.
        /// </summary>
        IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer);
    }

    public interface ILifecycleObserver
    {
        Task OnStart(CancellationToken cancellationToken = default);
        Task OnStop(CancellationToken cancellationToken = default);
    }

    /// <summary>Registered as a service, it is asked to subscribe before the lifecycle starts.</summary>
    public interface ILifecycleParticipant<TLifecycleObservable> where TLifecycleObservable : ILifecycleObservable
    {
        void Participate(TLifecycleObservable lifecycle);
    }

    public static class ServiceLifecycleStage
    {
        public const int First = int.MinValue;
        public const int RuntimeInitialize = 2000;
        public const int RuntimeServices = 4000;
        public const int RuntimeStorageServices = 6000;
        public const int RuntimeGrainServices = 8000;
        public const int AfterRuntimeGrainServices = 8100;
        public const int ApplicationServices = 10000;
        public const int BecomeActive = Active - 1;
        public const int Active = 20000;
        public const int Last = int.MaxValue;
    }
}

namespace Orleans.Runtime
{
    public interface ISiloLifecycle : ILifecycleObservable
    {
        int HighestCompletedStage { get; }
        int LowestStoppedStage { get; }
    }

    public interface IGrainLifecycle : ILifecycleObservable;

    public static class GrainLifecycleStage
    {
        public const int First = int.MinValue;
        public const int SetupState = 1000;
        public const int Activate = 2000;
        public const int Last = int.MaxValue;
    }

    /// <summary>Work to be done when the silo starts; if it throws, the silo does not start.</summary>
    public interface IStartupTask
    {
        Task Execute(CancellationToken cancellationToken);
    }

    /// <summary>Who this silo is.</summary>
    public interface ILocalSiloDetails
    {
        string Name { get; }
        string ClusterId { get; }
        string DnsHostName { get; }
        SiloAddress SiloAddress { get; }
        SiloAddress GatewayAddress { get; }
    }
}
