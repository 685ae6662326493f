using System.Collections.Immutable;

namespace Orleans.Serialization;

/// <summary>A collection: its elements in the order in which it gives them.</summary>
/// <param name="count">Null for one that is not there, such as an uninitialised ImmutableArray.</param>
internal sealed class SequenceCodec<TCollection, TItem>(Codec<TItem> items, Func<TCollection, int?> count,
    Func<TCollection, IEnumerable<TItem>> open, Func<List<TItem>, TCollection> build) : Codec<TCollection>
{
    // Beyond this an array grows with what has been read, so that a false count costs nothing.
    private const int TrustedCount = 64;

    public override void Write(WireWriter writer, uint tag, TCollection? value)
    {
        if (value is null || count(value) is not { } length)
        {
            writer.Tag(tag, WireKind.Null);
            return;
        }
        writer.Tag(tag, WireKind.Sequence);
        writer.Varint((uint)length);
        if (length == 0) return;
        foreach (var item in open(value)) items.Write(writer, 0, item);
    }

    public override TCollection? Read(WireReader reader, WireKind kind)
    {
        if (kind == WireKind.Null) return default;
        if (kind != WireKind.Sequence) throw Wrong(kind);
        reader.Enter();
        var length = reader.Count();
        var list = new List<TItem>(Math.Min(length, TrustedCount));
        for (; length > 0; length--) list.Add(items.Read(reader, reader.Kind())!);
        reader.Leave();
        return build(list);
    }
}

/// <summary>The collections that are known.</summary>
internal static class CollectionCodecs
{
    public static Codec OfArray<T>(CodecProvider codecs) => new SequenceCodec<T[], T>(codecs.Get<T>(), static c => c.Length, static c => c, static l => [.. l]);
    public static Codec OfList<T>(CodecProvider codecs) => new SequenceCodec<List<T>, T>(codecs.Get<T>(), static c => c.Count, static c => c, static l => l);
    public static Codec OfImmutableArray<T>(CodecProvider codecs) => new SequenceCodec<ImmutableArray<T>, T>(codecs.Get<T>(), static c => c.IsDefault ? null : c.Length, static c => c, static l => [.. l]);
    public static Codec OfImmutableList<T>(CodecProvider codecs) => new SequenceCodec<ImmutableList<T>, T>(codecs.Get<T>(), static c => c.Count, static c => c, static l => [.. l]);
    public static Codec OfImmutableHashSet<T>(CodecProvider codecs) => new SequenceCodec<ImmutableHashSet<T>, T>(codecs.Get<T>(), static c => c.Count, static c => c, static l => [.. l]);

    // Keys that come twice are the peer's mistake: the last one holds.
    public static Codec OfDictionary<TKey, TValue>(CodecProvider codecs) where TKey : notnull => new SequenceCodec<Dictionary<TKey, TValue>, KeyValuePair<TKey, TValue>>(
        codecs.Get<KeyValuePair<TKey, TValue>>(), static c => c.Count, static c => c, static l =>
        {
            var dictionary = new Dictionary<TKey, TValue>(l.Count);
            foreach (var (key, value) in l) dictionary[Present(key)] = value;
            return dictionary;
        });

    public static Codec OfImmutableDictionary<TKey, TValue>(CodecProvider codecs) where TKey : notnull =>
        new SequenceCodec<ImmutableDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>>(
            codecs.Get<KeyValuePair<TKey, TValue>>(), static c => c.Count, static c => c, static l =>
            {
                if (l.Count == 0) return ImmutableDictionary<TKey, TValue>.Empty;
                var dictionary = ImmutableDictionary.CreateBuilder<TKey, TValue>();
                foreach (var (key, value) in l) dictionary[Present(key)] = value;
                return dictionary.ToImmutable();
            });

    public static Codec OfImmutableSortedDictionary<TKey, TValue>(CodecProvider codecs) where TKey : notnull =>
        new SequenceCodec<ImmutableSortedDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>>(
            codecs.Get<KeyValuePair<TKey, TValue>>(), static c => c.Count, static c => c, static l =>
            {
                var dictionary = ImmutableSortedDictionary.CreateBuilder<TKey, TValue>();
                foreach (var (key, value) in l) dictionary[Present(key)] = value;
                return dictionary.ToImmutable();
            });

    private static TKey Present<TKey>(TKey key) => key is null ? throw new WireFormatException("A dictionary's key is null.") : key;
}
