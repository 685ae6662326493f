using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>
/// The names under which types cross processes: their alias, else their full name; arguments of generic types in brackets, such as
/// <c>squad.result`1[squad.session-info]</c>. Only what is known here has a name that is found: primitives, contract types and grain interfaces.
/// </summary>
internal static class TypeNames
{
    private const int NestingMax = 8;
    private static readonly ConcurrentDictionary<Type, string> Names = new();
    private static readonly ConcurrentDictionary<string, Type> Constructed = new();
    private static readonly Lazy<Dictionary<string, Type>> Known = new(Scan);

    private static readonly Dictionary<string, Type> BuiltIn = new()
    {
        ["bool"] = typeof(bool), ["byte"] = typeof(byte), ["sbyte"] = typeof(sbyte), ["short"] = typeof(short), ["ushort"] = typeof(ushort),
        ["int"] = typeof(int), ["uint"] = typeof(uint), ["long"] = typeof(long), ["ulong"] = typeof(ulong), ["char"] = typeof(char),
        ["float"] = typeof(float), ["double"] = typeof(double), ["decimal"] = typeof(decimal), ["string"] = typeof(string),
        ["object"] = typeof(object), ["Guid"] = typeof(Guid), ["DateTime"] = typeof(DateTime), ["DateTimeOffset"] = typeof(DateTimeOffset),
        ["TimeSpan"] = typeof(TimeSpan), ["Uri"] = typeof(Uri), ["Exception"] = typeof(Exception), ["void"] = typeof(void),
        ["Task"] = typeof(Task), ["ValueTask"] = typeof(ValueTask), ["Task`1"] = typeof(Task<>), ["ValueTask`1"] = typeof(ValueTask<>),
        ["CancellationToken"] = typeof(CancellationToken), ["IAsyncEnumerable`1"] = typeof(IAsyncEnumerable<>),
        ["Nullable`1"] = typeof(Nullable<>), ["Memory`1"] = typeof(ReadOnlyMemory<>), ["List`1"] = typeof(List<>),
        ["Dictionary`2"] = typeof(Dictionary<,>), ["ImmutableArray`1"] = typeof(ImmutableArray<>), ["ImmutableList`1"] = typeof(ImmutableList<>),
        ["ImmutableHashSet`1"] = typeof(ImmutableHashSet<>), ["ImmutableDictionary`2"] = typeof(ImmutableDictionary<,>),
        ["ImmutableSortedDictionary`2"] = typeof(ImmutableSortedDictionary<,>), ["KeyValuePair`2"] = typeof(KeyValuePair<,>),
        ["()`2"] = typeof(ValueTuple<,>), ["()`3"] = typeof(ValueTuple<,,>), ["()`4"] = typeof(ValueTuple<,,,>), ["()`5"] = typeof(ValueTuple<,,,,>),
        ["GrainId"] = typeof(GrainId), ["StreamId"] = typeof(StreamId), ["IGrain"] = typeof(IGrain), ["IAddressable"] = typeof(IAddressable),
    };

    private static readonly Dictionary<Type, string> BuiltInNames = BuiltIn.ToDictionary(pair => pair.Value, pair => pair.Key);

    public static string Of(Type type) => Names.GetOrAdd(type, static type =>
    {
        if (type.IsSZArray) return $"{Of(type.GetElementType()!)}[]";
        if (!type.IsConstructedGenericType) return Plain(type);
        return $"{Plain(type.GetGenericTypeDefinition())}[{string.Join(',', type.GenericTypeArguments.Select(Of))}]";
    });

    /// <summary>The type of that name, or null.</summary>
    public static Type? Find(string name)
    {
        if (Constructed.TryGetValue(name, out var known)) return known;
        var at = 0;
        var found = Parse(name, ref at, 0);
        // Kept only when it is the name that we write, so that no peer fills the table with spellings of its own.
        if (at != name.Length || found is null) return null;
        if (Of(found) == name) Constructed.TryAdd(name, found);
        return found;
    }

    /// <summary>Whether a contract type is, or may be, of that type.</summary>
    public static bool HasDerived(Type type) => Known.Value.Values.Any(known => !known.IsInterface && type.IsAssignableFrom(known));

    private static string Plain(Type type) => BuiltInNames.TryGetValue(type, out var name) ? name
        : type.GetCustomAttributes<AliasAttribute>(false).FirstOrDefault()?.Alias ?? type.FullName ?? type.Name;

    private static Type? Parse(string text, ref int at, int depth)
    {
        if (depth > NestingMax) return null;
        var end = text.AsSpan(at).IndexOfAny('[', ']', ',');
        end = end < 0 ? text.Length : at + end;
        var plain = text[at..end];
        if (!BuiltIn.TryGetValue(plain, out var type) && !Known.Value.TryGetValue(plain, out type)) return null;
        at = end;
        if (type.IsGenericTypeDefinition)
        {
            var arguments = new Type[type.GetGenericArguments().Length];
            for (var i = 0; i < arguments.Length; i++)
            {
                if (at >= text.Length || text[at++] != (i == 0 ? '[' : ',') || Parse(text, ref at, depth + 1) is not { } argument) return null;
                arguments[i] = argument;
            }
            if (at >= text.Length || text[at++] != ']') return null;
            try
            {
                type = type.MakeGenericType(arguments);
            }
            catch (ArgumentException)
            {
                return null; // against the constraints of the type
            }
        }
        while (at + 1 < text.Length && text[at] == '[' && text[at + 1] == ']' && depth++ <= NestingMax)
        {
            at += 2;
            type = type.MakeArrayType();
        }
        return type;
    }

    private static Dictionary<string, Type> Scan()
    {
        var known = new Dictionary<string, Type>(StringComparer.Ordinal);
        foreach (var type in ApplicationParts.Find().SelectMany(GrainClasses.TypesOf))
        {
            if (!type.IsDefined(typeof(GenerateSerializerAttribute), false) && !(type.IsInterface && typeof(IAddressable).IsAssignableFrom(type))) continue;
            var names = type.GetCustomAttributes<AliasAttribute>(false).Select(alias => alias.Alias).DefaultIfEmpty(type.FullName ?? type.Name);
            foreach (var name in names)
            {
                if (!known.TryAdd(name, type) && known[name] != type)
                    throw new OrleansConfigurationException($"{type} and {known[name]} both have the alias '{name}'.");
            }
        }
        return known;
    }
}
