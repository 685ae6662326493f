using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// The grain classes that subscribe by <see cref="ImplicitStreamSubscriptionAttribute"/>, and the grains of theirs that a stream means.
/// Safe from any thread.
/// </summary>
internal sealed class ImplicitSubscribers(GrainClasses classes)
{
    private readonly Lazy<Subscriber[]> _all = new(() => [.. classes.All.SelectMany(SubscribersOf)]);
    private readonly ConcurrentDictionary<string, Subscriber[]> _byNamespace = new(StringComparer.Ordinal);

    /// <summary>The subscription's id is the same whenever it is asked for.</summary>
    public IEnumerable<(Guid Id, GrainId Owner)> Of(StreamId streamId, string providerName)
    {
        if (streamId.GetNamespace() is not { } ns) yield break;
        var subscribers = _byNamespace.GetOrAdd(ns, static (name, all) =>
            [.. all.Value.Where(subscriber => subscriber.Predicate.IsMatch(name)).DistinctBy(subscriber => subscriber.GrainType)], _all);
        foreach (var subscriber in subscribers)
        {
            var owner = new GrainId(subscriber.GrainType, subscriber.KeyOf(streamId));
            yield return (IdOf(owner, streamId, providerName), owner);
        }
    }

    private static IEnumerable<Subscriber> SubscribersOf(KeyValuePair<GrainType, Type> grainClass)
    {
        foreach (var attribute in grainClass.Value.GetCustomAttributes<ImplicitStreamSubscriptionAttribute>(true))
        {
            if (attribute.StreamIdMapper is not (null or "" or "default"))
            {
                throw new OrleansConfigurationException($"{grainClass.Value} asks for the stream id mapper "
                    + $"'{attribute.StreamIdMapper}'; this runtime has the default one only.");
            }
            yield return new Subscriber(grainClass.Key, grainClass.Value, attribute.Predicate);
        }
    }

    private static Guid IdOf(GrainId owner, StreamId streamId, string providerName)
    {
        var name = Encoding.UTF8.GetBytes($"{owner}\n{streamId}\n{providerName}");
        return new Guid(SHA256.HashData(name).AsSpan(0, 16));
    }

    private sealed record Subscriber(GrainType GrainType, Type Class, IStreamNamespacePredicate Predicate)
    {
        /// <summary>The stream's key, written as this class writes its keys.</summary>
        public IdSpan KeyOf(StreamId streamId)
        {
            var key = streamId.GetKeyAsString();
            if (Is<IGrainWithGuidCompoundKey>() && Guid.TryParse(key, out var guid))
                return GrainIdKeyExtensions.CreateGuidKey(guid, streamId.GetNamespace()!);
            if (Is<IGrainWithGuidKey>() && Guid.TryParse(key, out guid)) return GrainIdKeyExtensions.CreateGuidKey(guid);
            if (long.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                if (Is<IGrainWithIntegerCompoundKey>()) return GrainIdKeyExtensions.CreateIntegerKey(number, streamId.GetNamespace()!);
                if (Is<IGrainWithIntegerKey>()) return GrainIdKeyExtensions.CreateIntegerKey(number);
            }
            return IdSpan.Create(key);
        }

        private bool Is<TKey>() => typeof(TKey).IsAssignableFrom(Class);
    }
}
