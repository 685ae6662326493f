using Microsoft.Extensions.Logging;
using Orleans;
using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Grains.Cluster;

/// <summary>Makes runners.</summary>
public sealed class SandboxRunnerFactory(SandboxRunnerServices services, IGrainFactory grains, ILoggerFactory loggers)
{
    public SandboxRunner Create(string sessionId, SandboxAttempt attempt) =>
        new(sessionId, new SessionLine(grains.GetGrain<ISessionGrain>(sessionId), attempt), services, loggers.CreateLogger<SandboxRunner>());

    public Task<Result> RemoveLeftoversAsync(string sessionId) => services.RemoveLeftoversAsync(sessionId);
}
