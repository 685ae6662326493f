using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Runtime;

/// <summary>The filters of a silo. Null where there are none, so that calls pay for a null check only.</summary>
internal sealed class CallFilters
{
    public IIncomingGrainCallFilter[]? Incoming { get; private set; }
    public IOutgoingGrainCallFilter[]? Outgoing { get; private set; }

    /// <summary>Filters may need the grain factory, so they are made when the silo starts and not with it.</summary>
    public void Load(IServiceProvider services)
    {
        Incoming = NullIfEmpty(services.GetServices<IIncomingGrainCallFilter>());
        Outgoing = NullIfEmpty(services.GetServices<IOutgoingGrainCallFilter>());
    }

    private static T[]? NullIfEmpty<T>(IEnumerable<T> filters) => filters.ToArray() is { Length: > 0 } some ? some : null;
}
