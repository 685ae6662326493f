using Orleans;
using Orleans.Runtime;

namespace Squad.Client;

/// <summary>A call that finds no silo fails with <see cref="SiloUnavailableException"/>, whichever Orleans says so.</summary>
internal sealed class UnreachableSilo : IOutgoingGrainCallFilter
{
    /// <summary>What Microsoft Orleans throws where the gateway's port does not answer. By name, since the embedded runtime has no ports and no such type.</summary>
    private const string ConnectionFailed = "Orleans.Runtime.Messaging.ConnectionFailedException";

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (OrleansException lost) when (lost.GetType().FullName == ConnectionFailed)
        {
            throw new SiloUnavailableException(lost.Message, lost);
        }
    }
}
