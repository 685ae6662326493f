namespace Orleans.Runtime;

/// <summary>
/// Values that travel with a call and with the calls made from it. What the callee sets is not seen by its caller. Values must be immutable.
/// </summary>
public static class RequestContext
{
    // Copy on write: a captured dictionary is never changed, so a call carries it by reference.
    private static readonly AsyncLocal<Dictionary<string, object>?> Values = new();
    private static readonly AsyncLocal<Guid> Chain = new();

    /// <summary>The call chain within which calls may re-enter activations, or empty.</summary>
    public static Guid ReentrancyId
    {
        get => Chain.Value;
        set => Chain.Value = value;
    }

    public static IEnumerable<string> Keys => Values.Value?.Keys ?? Enumerable.Empty<string>();

    public static IEnumerable<KeyValuePair<string, object>> Entries =>
        Values.Value ?? Enumerable.Empty<KeyValuePair<string, object>>();

    internal static Dictionary<string, object>? Current
    {
        get => Values.Value;
        set => Values.Value = value;
    }

    public static object? Get(string key) => Values.Value is { } values && values.TryGetValue(key, out var value) ? value : null;

    public static void Set(string key, object value)
    {
        var values = Values.Value;
        Values.Value = values is null
            ? new Dictionary<string, object> { [key] = value }
            : new Dictionary<string, object>(values) { [key] = value };
    }

    public static bool Remove(string key)
    {
        if (Values.Value is not { } values || !values.ContainsKey(key)) return false;
        var rest = new Dictionary<string, object>(values);
        rest.Remove(key);
        Values.Value = rest.Count == 0 ? null : rest;
        return true;
    }

    public static void Clear()
    {
        if (Values.Value is not null) Values.Value = null;
        if (Chain.Value != Guid.Empty) Chain.Value = Guid.Empty;
    }

    /// <summary>Until the section is disposed, calls made from here may call back into this activation.</summary>
    public static ReentrancySection AllowCallChainReentrancy()
    {
        var original = ReentrancyId;
        var current = original == Guid.Empty ? Guid.NewGuid() : original;
        ReentrancyId = current;
        TurnQueue.Current?.AllowChain(current);
        return new ReentrancySection(original, current);
    }

    /// <summary>Until the section is disposed, calls made from here start a chain of their own.</summary>
    public static ReentrancySection SuppressCallChainReentrancy()
    {
        var original = ReentrancyId;
        ReentrancyId = Guid.Empty;
        return new ReentrancySection(original, Guid.Empty);
    }

    public readonly struct ReentrancySection : IDisposable
    {
        private readonly Guid _original;
        private readonly Guid _current;

        public ReentrancySection(Guid originalReentrancyId, Guid newReentrancyId)
        {
            _original = originalReentrancyId;
            _current = newReentrancyId;
        }

        public void Dispose()
        {
            if (_current != Guid.Empty) TurnQueue.Current?.DisallowChain(_current);
            if (ReentrancyId == _current) ReentrancyId = _original;
        }
    }
}
