using Orleans.Runtime;

namespace Orleans.Simulation;

/// <summary>What becomes of a message.</summary>
internal readonly record struct MessageFate(bool IsLost, TimeSpan Delay)
{
    /// <summary>It arrives soon; others may overtake it.</summary>
    public static MessageFate Soon => default;
    public static MessageFate Lost => new(true, default);
    public static MessageFate Late(TimeSpan delay) => new(false, delay);
}

/// <summary>What may go wrong, as hooks that a scenario sets. Draw chance from the simulation's own Random alone.</summary>
internal sealed class SimulatedFaults
{
    /// <summary>Decides about each call, answer and cancellation between two processes. Default: all arrive soon.</summary>
    public Func<Delivery, MessageFate>? Message { get; set; }

    /// <summary>Whether a batch that was delivered to a stream's consumer is delivered once more. Default: never.</summary>
    public Func<StreamId, bool>? DuplicateDelivery { get; set; }

    /// <summary>How long the others take to notice a crash. Default: 15 seconds, what three missed probes take.</summary>
    public Func<TimeSpan> Detection { get; set; } = static () => TimeSpan.FromSeconds(15);
}

/// <summary>Carries messages as steps of the simulation.</summary>
internal sealed class SimulatedNetwork(Simulation simulation, SimulatedFaults faults, Func<SiloRuntime, SimulatedProcess> processOf) : IMessageCarrier
{
    public void Carry(Delivery delivery)
    {
        var fate = faults.Message?.Invoke(delivery) ?? MessageFate.Soon;
        if (fate.IsLost) return;
        var step = new Step(StepKind.Message, processOf(delivery.To), delivery, null, delivery.Label);
        if (fate.Delay <= TimeSpan.Zero) simulation.Add(step);
        else simulation.Clock.After(fate.Delay, step);
    }
}
