using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>
/// One silo's way into its cluster: finds where a call goes, and sends it there. Safe from any thread.
/// Algorithm: the directory's entry, else a stateless worker here, else the silo that the class's placement chooses; a client leaves that to
/// a silo. The receiving silo makes the activation if nobody else did meanwhile, and forwards otherwise.
/// </summary>
internal sealed class SiloRouter(SiloRuntime silo, ClusterFabric fabric)
{
    // Forwarding follows a grain that moves; more than this is a bug or a cluster that falls apart.
    private const int ForwardsMax = 16;

    public ClusterFabric Fabric => fabric;

    public void Route(GrainReference target, Call call)
    {
        var grainId = target.GrainId;
        if (ObserverDirectory.IsObserver(grainId))
        {
            if (fabric.TryFindObserver(grainId, out var home)) Bring(home, target, call);
            else call.Fail(new ClientNotAvailableException(grainId));
        }
        else if (fabric.Find(grainId) is { } activation)
        {
            Bring(activation.Runtime, target, call);
        }
        else if (!silo.Classes.TryGet(grainId.Type, out var grainClass))
        {
            call.Fail(new ArgumentException($"There is no grain class for '{grainId.Type}'."));
        }
        else if (grainClass.MaxWorkers > 0 && silo.HostsGrains && !silo.Placement.LocalSiloStatus.IsTerminating())
        {
            Bring(silo, target, call);
        }
        else if (grainClass.MaxWorkers > 0 || !silo.HostsGrains)
        {
            if (Gateway() is { } gateway) Send(gateway, target, call, placed: false);
            else call.Fail(new SiloUnavailableException("No silo of the cluster is active."));
        }
        else
        {
            _ = PlaceAsync(grainClass, target, call);
        }
    }

    /// <summary>Takes a call that another silo has sent here.</summary>
    public void Accept(GrainReference target, Call call) => Bring(silo, target, call);

    /// <summary>Sends a call on to where its grain lives.</summary>
    public void Forward(Activation activation, Call call) => Send(activation.Runtime, call.Target!, call);

    public void Answer(Call call)
    {
        if (fabric.CopiesMessages) call.CopyOutcome(silo);
        fabric.Carrier.Carry(new Delivery(DeliveryKind.Answer, silo, call.From!, null, call));
    }

    /// <summary>Tells the callee's silo that nobody waits for the call any more.</summary>
    public void Cancel(Call call, SiloRuntime callee) =>
        fabric.Carrier.Carry(new Delivery(DeliveryKind.Cancellation, silo, callee, null, call));

    // What this catches goes to the caller.
    private async Task PlaceAsync(GrainClass grainClass, GrainReference target, Call call)
    {
        try
        {
            var address = await silo.Placement.ChooseAsync(grainClass, target, call);
            if (fabric.Find(address) is { } chosen) Bring(chosen, target, call);
            else call.Fail(new SiloUnavailableException($"{target.GrainId} was to be placed on {address}, which is not in the cluster."));
        }
        catch (Exception error)
        {
            call.Fail(error);
        }
    }

    private void Bring(SiloRuntime home, GrainReference target, Call call)
    {
        if (home != silo)
        {
            Send(home, target, call);
            return;
        }
        var queue = ObserverDirectory.IsObserver(target.GrainId)
            ? silo.Observers.Deliver(target.GrainId, call)
            : silo.Directory.Deliver(target.GrainId, call);
        if (queue is not null && target.Runtime == silo && call.From == silo) target.Cached = queue;
    }

    private void Send(SiloRuntime home, GrainReference target, Call call, bool placed = true)
    {
        if (++call.Forwards > ForwardsMax)
        {
            call.Fail(new OrleansMessageRejectionException($"A call to {target.GrainId} was forwarded {ForwardsMax} times."));
            return;
        }
        if (call.SentTo is null && fabric.CopiesMessages)
        {
            try
            {
                MessageCopies.CopyArguments(silo, call);
            }
            catch (CodecNotFoundException unknown)
            {
                call.Fail(unknown);
                return;
            }
        }
        call.SentTo = home;
        fabric.Carrier.Carry(new Delivery(DeliveryKind.Call, silo, home, target, call, placed));
    }

    private SiloRuntime? Gateway()
    {
        var active = fabric.Membership.Active();
        return active.Length == 0 ? null : fabric.Find(active[fabric.Random.Next(active.Length)]);
    }
}
