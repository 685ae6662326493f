using Orleans.Runtime;

namespace Orleans.Gateway;

/// <summary>What lies beyond this process, as its runtime sees it. Safe from any thread.</summary>
internal interface IOutside
{
    /// <summary>Whether calls to it leave the process.</summary>
    bool Takes(GrainId grainId);

    /// <summary>What a call that nobody has answered failed of, if not of time; null otherwise.</summary>
    Exception? Unreachable { get; }

    /// <summary>Sends a call that was just made. Its answer, or its failure, comes later.</summary>
    void Send(GrainReference target, Call call);

    /// <summary>The grain type behind an interface, where the grain classes are elsewhere; null where they are here.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    /// <exception cref="SiloUnavailableException">The silo, which knows, has not been reached yet.</exception>
    GrainType? GrainTypeOf(Type interfaceType, string? classNamePrefix);

    /// <summary>Enumerates what a method of a grain beyond gives.</summary>
    IAsyncEnumerable<TItem> Enumerate<TItem>(GrainReference target, Call call);
}
