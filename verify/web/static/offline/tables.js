// Made by `make docs` from schemas/: numbers in the QR's claims, and what they stand for.

export const SUBJECTS = {
 "1": [
  "ngu-van",
  "Ngữ văn"
 ],
 "2": [
  "toan",
  "Toán"
 ],
 "3": [
  "ngoai-ngu-1",
  "Ngoại ngữ 1"
 ],
 "4": [
  "gdcd",
  "Giáo dục công dân"
 ],
 "5": [
  "lich-su-dia-li",
  "Lịch sử và Địa lí"
 ],
 "6": [
  "khtn",
  "Khoa học tự nhiên"
 ],
 "7": [
  "cong-nghe",
  "Công nghệ"
 ],
 "8": [
  "tin-hoc",
  "Tin học"
 ],
 "9": [
  "gdtc",
  "Giáo dục thể chất"
 ],
 "10": [
  "nghe-thuat",
  "Nghệ thuật"
 ],
 "11": [
  "gd-dia-phuong",
  "Nội dung giáo dục của địa phương"
 ],
 "12": [
  "hdtn-hn",
  "Hoạt động trải nghiệm, hướng nghiệp"
 ],
 "13": [
  "ngoai-ngu-2",
  "Ngoại ngữ 2"
 ],
 "14": [
  "tieng-dtts",
  "Tiếng dân tộc thiểu số"
 ],
 "20": [
  "lich-su",
  "Lịch sử"
 ],
 "21": [
  "dia-li",
  "Địa lí"
 ],
 "22": [
  "gdktpl",
  "Giáo dục kinh tế và pháp luật"
 ],
 "23": [
  "vat-li",
  "Vật lí"
 ],
 "24": [
  "hoa-hoc",
  "Hoá học"
 ],
 "25": [
  "sinh-hoc",
  "Sinh học"
 ],
 "26": [
  "am-nhac",
  "Âm nhạc"
 ],
 "27": [
  "mi-thuat",
  "Mĩ thuật"
 ],
 "28": [
  "gdqp-an",
  "Giáo dục quốc phòng và an ninh"
 ],
 "50": [
  "tieng-viet",
  "Tiếng Việt"
 ],
 "51": [
  "dao-duc",
  "Đạo đức"
 ],
 "52": [
  "tn-xh",
  "Tự nhiên và Xã hội"
 ],
 "53": [
  "khoa-hoc",
  "Khoa học"
 ],
 "54": [
  "tin-hoc-th",
  "Tin học và Công nghệ (Tin học)"
 ],
 "55": [
  "cong-nghe-th",
  "Tin học và Công nghệ (Công nghệ)"
 ],
 "56": [
  "am-nhac-th",
  "Nghệ thuật (Âm nhạc)"
 ],
 "57": [
  "mi-thuat-th",
  "Nghệ thuật (Mĩ thuật)"
 ],
 "58": [
  "hdtn",
  "Hoạt động trải nghiệm"
 ]
};

export const KINDS = [
 "th",
 "thcs",
 "thpt"
];

export const EACH = {
 "level": [
  "Tốt",
  "Khá",
  "Đạt",
  "Chưa đạt"
 ],
 "promotion": [
  "Được lên lớp",
  "Được lên lớp sau đánh giá lại",
  "Không được lên lớp",
  "Hoàn thành chương trình cấp học"
 ],
 "old_conduct": [
  "Tốt",
  "Khá",
  "Trung bình",
  "Yếu"
 ],
 "old_learning": [
  "Giỏi",
  "Khá",
  "Trung bình",
  "Yếu",
  "Kém"
 ],
 "honour": [
  "Học sinh giỏi",
  "Học sinh tiên tiến"
 ],
 "achievement": [
  "T",
  "H",
  "C"
 ],
 "year_result": [
  "Hoàn thành xuất sắc",
  "Hoàn thành tốt",
  "Hoàn thành",
  "Chưa hoàn thành"
 ],
 "completion": [
  "Hoàn thành chương trình lớp học",
  "Hoàn thành chương trình tiểu học",
  "Chưa hoàn thành chương trình lớp học",
  "Chưa hoàn thành chương trình lớp học, được lên lớp"
 ],
 "growth": [
  "T",
  "Đ",
  "C"
 ]
};

export const TRAITS = [
 "Phẩm chất: Yêu nước",
 "Phẩm chất: Nhân ái",
 "Phẩm chất: Chăm chỉ",
 "Phẩm chất: Trung thực",
 "Phẩm chất: Trách nhiệm",
 "Năng lực chung: Tự chủ và tự học",
 "Năng lực chung: Giao tiếp và hợp tác",
 "Năng lực chung: Giải quyết vấn đề và sáng tạo",
 "Năng lực đặc thù: Ngôn ngữ",
 "Năng lực đặc thù: Tính toán",
 "Năng lực đặc thù: Khoa học",
 "Năng lực đặc thù: Công nghệ",
 "Năng lực đặc thù: Tin học",
 "Năng lực đặc thù: Thẩm mĩ",
 "Năng lực đặc thù: Thể chất"
];

export const OLD_TRAITS = [
 "Năng lực: Tự phục vụ, tự quản",
 "Năng lực: Hợp tác",
 "Năng lực: Tự học và giải quyết vấn đề",
 "Phẩm chất: Chăm học, chăm làm",
 "Phẩm chất: Tự tin, trách nhiệm",
 "Phẩm chất: Trung thực, kỉ luật",
 "Phẩm chất: Đoàn kết, yêu thương"
];

export const FORMS = {
 "1": "transcript",
 "2": "transcript",
 "3": "extract",
 "4": "transfer-summary"
};
