using System.Reflection;
using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>One serialised member: by its id, whose upper bits are the level of inheritance it stands on.</summary>
internal sealed record SerializedMember(uint Id, MemberInfo Member)
{
    public string Name => Member.Name;
    public Type Type => Member is PropertyInfo property ? property.PropertyType : ((FieldInfo)Member).FieldType;
    public bool IsSettable => Member is PropertyInfo property ? property.CanWrite : !((FieldInfo)Member).IsInitOnly;
    public uint Tag => (Id + 1) << 3;
}

/// <summary>What of a type is serialised, by Orleans' rules: what carries [Id], else the positional members of a record, else the items of a tuple.</summary>
internal static class SerializedMembers
{
    private const int LevelShift = 16;
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static bool IsTuple(Type type) => typeof(ITuple).IsAssignableFrom(type)
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));

    /// <exception cref="CodecNotFoundException">Two members have one id.</exception>
    public static IReadOnlyList<SerializedMember> Of(Type type)
    {
        var members = new List<SerializedMember>();
        if (IsTuple(type))
        {
            members.AddRange(type.GetMembers(BindingFlags.Instance | BindingFlags.Public)
                .Where(member => member is FieldInfo or PropertyInfo { CanRead: true } && member.Name is "Key" or "Value" || IsItem(member))
                .OrderBy(member => member.Name, StringComparer.Ordinal)
                .Select((member, index) => new SerializedMember((uint)index, member)));
            return members;
        }
        var level = 0u;
        for (var declaring = type; declaring is not null && declaring != typeof(object) && declaring != typeof(ValueType); declaring = declaring.BaseType)
        {
            var own = declaring.GetMembers(Own)
                .Where(member => member is FieldInfo or PropertyInfo && member.IsDefined(typeof(IdAttribute), false))
                .Select(member => (member.GetCustomAttribute<IdAttribute>()!.Id, Member: member)).ToList();
            if (own.Count == 0 && IsRecord(declaring)) own = [.. Positional(declaring).Select((member, index) => ((uint)index, member))];
            members.AddRange(own.Select(member => new SerializedMember((level << LevelShift) | member.Item1, member.Item2)));
            level++;
        }
        var twice = members.GroupBy(member => member.Id).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? members
            : throw new CodecNotFoundException($"{type}: {string.Join(" and ", twice.Select(member => member.Name))} have the same [Id({twice.Key})].");
    }

    /// <summary>The constructor whose parameters are all members, the longest; null for a struct that needs none.</summary>
    public static ConstructorInfo? ConstructorOf(Type type, IReadOnlyList<SerializedMember> members)
    {
        var fitting = type.GetConstructors(Own).Where(c => Array.TrueForAll(c.GetParameters(), p => MemberOf(p, members) is not null))
            .OrderByDescending(c => c.GetParameters().Length).FirstOrDefault();
        return fitting ?? (type.IsValueType ? null
            : throw new CodecNotFoundException($"{type} has no constructor whose parameters are all serialised members, and none without parameters."));
    }

    public static SerializedMember? MemberOf(ParameterInfo parameter, IReadOnlyList<SerializedMember> members) =>
        members.FirstOrDefault(m => m.Type == parameter.ParameterType && string.Equals(m.Name, parameter.Name, StringComparison.OrdinalIgnoreCase));

    private static bool IsRecord(Type type) => type.GetMethod("PrintMembers", Own) is not null;

    private static IEnumerable<MemberInfo> Positional(Type type) =>
        type.GetConstructors(Own).OrderByDescending(c => c.GetParameters().Length).First().GetParameters()
            .Select(MemberInfo? (parameter) => type.GetProperty(parameter.Name!, Own)).OfType<MemberInfo>();

    private static bool IsItem(MemberInfo member) => member is FieldInfo or PropertyInfo
        && member.Name.StartsWith("Item", StringComparison.Ordinal) && member.Name.Length == 5 && char.IsAsciiDigit(member.Name[4]);
}
