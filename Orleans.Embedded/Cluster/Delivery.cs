namespace Orleans.Runtime;

internal enum DeliveryKind
{
    Call,
    Answer,
    Cancellation,
}

/// <summary>
/// One message between two silos. The call itself is its content, also of its answer: whoever takes it out of its tracker settles
/// it, so an answer that comes late, or twice, or never, does no harm.
/// </summary>
internal sealed class Delivery(DeliveryKind kind, SiloRuntime from, SiloRuntime to, GrainReference? target, Call call, bool placed = true)
{
    public DeliveryKind Kind => kind;
    public SiloRuntime From => from;
    public SiloRuntime To => to;
    public Call Call => call;

    /// <summary>Hands it to the receiving silo. One that is dead takes nothing.</summary>
    public void Arrive()
    {
        if (to.IsDead) return;
        switch (kind)
        {
            case DeliveryKind.Call:
                if (placed) to.Router!.Accept(target!, call);
                else to.Dispatch(target!, call);
                break;
            case DeliveryKind.Answer:
                call.AnswerArrived();
                break;
            case DeliveryKind.Cancellation:
                call.CancelCallee();
                break;
        }
    }

    /// <summary>The same in each replay of a simulation.</summary>
    public uint Label => unchecked(((call.Target?.GrainId.GetUniformHashCode() ?? 0) * 4) + (uint)kind);

    public override string ToString() => $"{kind} {call.Info} {from.Silo.Name} -> {to.Silo.Name}";
}

/// <summary>Brings messages from silo to silo.</summary>
internal interface IMessageCarrier
{
    /// <summary>Calls <see cref="Delivery.Arrive"/> now, later, or never.</summary>
    void Carry(Delivery delivery);
}

internal sealed class DirectCarrier : IMessageCarrier
{
    public void Carry(Delivery delivery) => delivery.Arrive();
}
