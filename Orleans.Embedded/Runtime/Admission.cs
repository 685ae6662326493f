namespace Orleans.Runtime;

/// <summary>
/// Which messages may begin while others run at the same activation: one at a time, but for what may interleave by its method, its class or its call chain.
/// Changed in turns of the activation only; whoever asks from elsewhere holds its queue's lock and gets a drain in which it is asked again.
/// </summary>
internal struct Admission
{
    private int _blocking;
    private int _writing;
    private Dictionary<Guid, int>? _chains;

    /// <summary>How many messages have begun and not ended.</summary>
    public int Running { get; private set; }

    /// <summary>Whether a message could ever overtake another.</summary>
    public static bool MayOvertake(Message message) => message.AlwaysInterleave || message.ReadOnly || message.Chain != Guid.Empty;

    /// <param name="message">One that waits.</param>
    /// <param name="reentrant">Whether the class lets all of its calls interleave.</param>
    public readonly bool Admits(Message message, bool reentrant) => _blocking == 0 || message.AlwaysInterleave || reentrant
        || (message.ReadOnly && _writing == 0)
        || (message.Chain != Guid.Empty && _chains is not null && _chains.ContainsKey(message.Chain));

    public void Begin(Message message)
    {
        Running++;
        if (message.AlwaysInterleave) return;
        _blocking++;
        if (!message.ReadOnly) _writing++;
    }

    public void End(Message message)
    {
        Running--;
        if (message.AlwaysInterleave) return;
        _blocking--;
        if (!message.ReadOnly) _writing--;
    }

    /// <summary>From here on, until it is taken back as often, messages of this call chain may interleave.</summary>
    public void AllowChain(Guid chain)
    {
        _chains ??= [];
        _chains[chain] = _chains.GetValueOrDefault(chain) + 1;
    }

    public readonly void DisallowChain(Guid chain)
    {
        if (_chains is null || !_chains.TryGetValue(chain, out var times)) return;
        if (times == 1) _chains.Remove(chain);
        else _chains[chain] = times - 1;
    }
}
